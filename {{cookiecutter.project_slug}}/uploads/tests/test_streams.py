"""Videos as browsers and programs write them: what of their streams is kept."""

import io
from fractions import Fraction
from types import SimpleNamespace

import av
import pytest
from av.stream import Disposition

from uploads.formats import index, remuxing, streams
from uploads.formats.containers import Refusal
from uploads.tests.clips import (
    TABLES,
    Both,
    changed,
    clip,
    inside,
    pictures,
    recorded,
    stored,
    with_edit,
)
from uploads.tests.test_videos import POSITION, boxes_of, process, refusal

ALPHA_MODE = b"\x53\xc0\x81\1"  # of a WebM
ADDITION = "matroska_block_additional"


@pytest.mark.processes
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


def unit(kind, content, *, layer=False, sized=True):
    """One of AV1, which they call an OBU."""
    head = bytes([kind << 3 | layer << 2 | sized << 1]) + b"\x08" * layer
    size = bytes([len(content) & 127 | 128, len(content) >> 7])  # seven bits in a byte
    return head + size * sized + content


WORDS = POSITION.encode() * 10 + b"\x80"
LIGHT = unit(5, b"\1\x03\xe8\x01\x90\x80")  # of HDR: as bright as it becomes
SCREEN = unit(5, b"\2" + bytes(range(100, 124)) + b"\x80")  # of HDR: its colours
BESIDE = {
    "of a broadcaster": unit(5, b"\4\xb5" + WORDS),
    "the time": unit(5, b"\5" + WORDS),
    "of an unknown kind": unit(5, b"\x1f" + WORDS),
    "of a layer": unit(5, b"\4\xb5" + WORDS, layer=True),
    "longer than brightness is": unit(5, b"\1\x03\xe8\x01\x90\x80" + WORDS),
    "without a meaning": unit(12, WORDS),
    "filling": unit(15, WORDS),
}


@pytest.mark.parametrize("extension", ["mp4", "webm"])
@pytest.mark.parametrize("beside", BESIDE.values(), ids=BESIDE)
def test_words_between_pictures_of_av1_are_left_out(extension, beside):
    kept = LIGHT + SCREEN
    with_words = changed(clip(extension, "av1", None), in_front(beside + kept), extension)
    content = process(with_words, extension)[1]
    assert WORDS[:9] not in content
    bare = changed(clip(extension, "av1", None), in_front(kept), extension)
    assert content.count(LIGHT) == content.count(SCREEN) == bare.count(LIGHT) > 0
    assert pictures(content) == pictures(bare)
    assert process(bare, extension)[1] == content


def in_front(units):
    return lambda packet: [units + bytes(packet)]


def test_words_behind_the_pictures_of_av1_are_left_out():
    """The last one need not say how long it is."""
    last = unit(5, b"\4\xb5" + WORDS, sized=False)
    sent = changed(clip("mp4", "av1", None), lambda packet: [bytes(packet) + last])
    assert WORDS[:9] in sent
    assert WORDS[:9] not in process(sent, "mp4")[1]


def test_words_in_the_head_of_av1_are_left_out():
    units = LIGHT + b"".join(BESIDE.values()) + SCREEN
    sent = inside(clip("mp4", "av1", None), (*TABLES, b"stsd", b"av01", b"av1C"), units)
    content = process(sent, "mp4")[1]
    assert WORDS[:9] not in content
    assert LIGHT + SCREEN in content
    assert pictures(content) == pictures(sent)


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


def test_the_index_of_long_sound_is_guessed(monkeypatch):
    counted, target = [], Both()
    monkeypatch.setattr(index, "MEGABYTE", 4096)
    monkeypatch.setattr(remuxing, "Index", lambda: counted.append(1) or index.Index())
    sent = clip("m4a", seconds=40)
    remuxing.copy(Both(sent), target, extension="m4a", max_side=4096, max_rate=240)
    assert counted == []
    free = [length for name, length in boxes_of(target.getvalue()) if name == b"free"]
    assert sum(free) < 5000


def test_times_that_never_grow_are_refused():
    rising = streams.Rising(Fraction(1, 1000), Fraction(1, 1000))
    packet = SimpleNamespace(dts=None, pts=None, duration=0)
    rising.mend(packet)
    for number in range(streams.Rising.MOST + 1):
        packet.dts = packet.pts = 5
        rising.mend(packet)
        assert (packet.dts, packet.pts) == (5 + number, 5 + number)
    packet.dts = 5
    with pytest.raises(Refusal):
        rising.mend(packet)


def test_what_is_transparent_stays_so():
    sent = clip("webm", "transparent")
    assert ALPHA_MODE in sent
    content = process(sent, "webm")[1]
    assert ALPHA_MODE in content
    assert additions(content) == additions(sent)


@pytest.mark.parametrize("codec", ["vp8", "vp9", "av1"])
def test_what_is_not_transparent_has_nothing_beside_its_blocks(codec):
    """There a WebM has transparency, or anything at all; here that of another film."""
    with av.open(io.BytesIO(clip("webm", "transparent"))) as file:
        beside = next(file.demux(file.streams.video[0])).get_sidedata(ADDITION)
    out = io.BytesIO()
    with av.open(io.BytesIO(clip("webm", codec))) as source, av.open(out, "w", "webm") as file:
        streams = [file.add_stream_from_template(s, opaque=True) for s in source.streams]
        for packet in filter(bytes, source.demux()):
            packet.stream = streams[packet.stream_index]
            packet.set_sidedata(beside)
            file.mux_one(packet)
    assert additions(out.getvalue()) == [beside.buffer_size] * len(additions(clip("webm", codec)))
    content = process(out.getvalue(), "webm")[1]
    assert set(additions(content)) == {0}
    assert pictures(content) == pictures(clip("webm", codec))


def additions(content):
    """Bytes beside each block of a WebM."""
    with av.open(io.BytesIO(content)) as file:
        return [p.get_sidedata(ADDITION).buffer_size for p in filter(bytes, file.demux())]


@pytest.mark.parametrize("extension", ["mp4", "webm"])
def test_each_sound_keeps_its_language(extension):
    content = process(clip(extension, languages=("deu", "eng")), extension)[1]
    with av.open(io.BytesIO(content)) as file:
        assert {"deu", "ger"} & {file.streams.audio[0].language}
        assert file.streams.audio[1].language == "eng"
        chosen = [bool(s.disposition & Disposition.default) for s in file.streams.audio]
    with av.open(io.BytesIO(clip(extension, languages=("deu", "eng")))) as file:
        assert chosen == [bool(s.disposition & Disposition.default) for s in file.streams.audio]


def test_what_an_edit_cuts_off_does_not_count():
    """Pictures are stored from the one on from which they can be decoded."""
    sent = with_edit(clip("mp4", "h264", None, seconds=3), 0.95, 2.05)
    assert process(sent, "mp4")[0].marks["seconds"] == 2


class Reluctant(io.BytesIO):
    """It writes a part of what it is given, and says how much, as a disk that is nearly full."""

    def write(self, data):
        return super().write(bytes(data[:1000]))


@pytest.mark.parametrize("extension", ["mp4", "webm", "mp3", "wav"])
def test_all_of_it_is_written(extension):
    sent, target = Both(clip(extension)), Both(raw=Reluctant)
    remuxing.copy(sent, target, extension=extension, max_side=4096, max_rate=240)
    assert target.getvalue() == stored(extension)


@pytest.mark.parametrize(("entry", "times"), [(44, 0), (-95, 1)])
def test_the_index_of_a_large_film_is_guessed(monkeypatch, entry, times):
    """Where that is too little, it is counted."""
    counted, target = [], Both()
    monkeypatch.setattr(index, "ENTRY", entry)
    monkeypatch.setattr(remuxing, "Index", lambda: counted.append(1) or index.Index())
    sent = Both(clip("mp4", "h264", None, noise=40))
    said, _ = remuxing.copy(sent, target, extension="mp4", max_side=4096, max_rate=240)
    assert (said["seconds"], len(counted)) == (4, times)
    assert target.getvalue().index(b"moov") < 100
    assert len(pictures(target.getvalue())) == 40
