"""Videos as browsers and programs write them: what of their streams is kept."""

import io

import av
import pytest

from uploads.tests.clips import clip, recorded
from uploads.tests.test_videos import pictures, process, refusal


@pytest.mark.parametrize("annex_b", [False, True])
def test_what_chromium_records_is_stored_as_mp4(annex_b):
    """Annex B: units behind marks, instead of their lengths."""
    made, content = process(recorded(annex_b), "webm")
    assert (made.extension, made.size) == ("mp4", (64, 48))
    assert pictures(content) == pictures(clip("mp4"))
    assert b"x264" not in content
    with av.open(io.BytesIO(content)) as file:
        times = [float(packet.pts * packet.time_base) for packet in file.demux() if packet.size]
    assert times == pytest.approx([number / 10 for number in range(10)], abs=0.002)


def test_flac_in_an_mp4_is_played():
    for extension, picture in (("mp4", "h264"), ("m4a", None)):
        content = process(clip(extension, picture, "flac", container="mp4"), extension)[1]
        with av.open(io.BytesIO(content)) as file:
            assert file.streams.audio[0].codec_context.name == "flac"


@pytest.mark.parametrize(
    ("extension", "picture", "sound", "said"),
    [
        ("webm", "hevc", None, "holds HEVC, which browsers don't play in a file of this type."),
        ("webm", "vp8", "flac", "holds FLAC, which browsers don't play in a file of this type."),
        ("mov", "h264", "pcm", "holds PCM, which browsers don't play in a file of this type."),
        ("m4a", None, "ac3", "is AC-3, which browsers don't play. Export it as MP3."),
    ],
)
def test_codecs_are_called_by_their_names(extension, picture, sound, said):
    container = "matroska" if extension == "webm" else "mov"
    assert said in refusal(clip(extension, picture, sound, container=container), extension)
