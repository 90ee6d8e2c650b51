"""Videos and sound: what is accepted, and what is stored of it."""

import functools
import gc
import io
import os

import av
import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from uploads.fields import FileField
from uploads.formats import apart, videos
from uploads.handlers import ReceivedFile
from uploads.storage import StorageUnavailable, temporary_folder
from uploads.tests.clips import (
    POSITION,
    USUAL,
    clip,
    pictures,
    stored,
    with_equal_times,
    with_profile,
    with_units,
)
from uploads.tests.examples import jpeg, pdf
from uploads.tests.level import all_stored
from uploads.tests.models import Paper
from uploads.tests.right_site import findings

WORDS = "planted words"


def process(content, extension, **rules):
    """(the Video that is made, its bytes)."""
    made = videos.process(ContentFile(content), extension, **rules)
    return made, made.content.read()


def refusal(content, extension="mp4", **rules):
    with pytest.raises(ValidationError) as caught:
        videos.process(ContentFile(content), extension, **rules)
    return caught.value.messages[0]


@pytest.mark.processes
@pytest.mark.parametrize(
    ("extension", "picture", "sound", "stored_as"),
    [
        *[(extension, *USUAL[extension], extension) for extension in ("webm", "ogg", "wav")],
        *[(extension, "h264", "aac", "mp4") for extension in ("mp4", "m4v", "mov")],
        *[("mp4", codec, "aac", "mp4") for codec in ("hevc", "vp9", "av1")],
        *[("mp4", "h264", codec, "mp4") for codec in ("mp3", "opus", None)],
        *[("webm", codec, "opus", "webm") for codec in ("vp9", "av1")],
        *[(extension, *USUAL[extension], extension) for extension in ("m4a", "mp3")],
    ],
)
def test_streams_are_copied_without_what_was_beside_them(extension, picture, sound, stored_as):
    sent = clip(extension, picture, sound, words=WORDS)
    assert WORDS.encode() in sent
    made, content = process(sent, extension)
    assert (made.extension, made.marks) == (stored_as, {"seconds": 1, "hevc": picture == "hevc"})
    assert made.size == ((64, 48) if picture else None)
    for word in (WORDS, POSITION[:6]):
        assert word.encode() not in content
    with av.open(io.BytesIO(content)) as file:
        found = [stream.codec_context.codec.canonical_name for stream in file.streams]
        assert found == [c.replace("pcm", "pcm_s16le") for c in (picture, sound) if c]
        assert file.chapters() == []
        assert sum(1 for _ in file.decode(file.streams[0])) >= 10


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_programs_leave_no_words_between_the_pictures(codec):
    sent = clip("mp4", codec)
    assert b"x264 - core" in sent or b"x265 (build" in sent
    assert b"x26" not in process(sent, "mp4")[1]


@pytest.mark.parametrize("kind", [6, 12, 30])
def test_positions_between_the_pictures_are_left_out(kind):
    sent = with_units(clip("mp4"), bytes([kind]) + POSITION.encode())
    assert POSITION.encode() in sent
    _, content = process(sent, "mp4")
    assert POSITION.encode() not in content
    assert pictures(content) == pictures(clip("mp4"))


def test_an_mp3_is_nothing_but_frames():
    """Neither what stands behind the last one is stored, nor what stands between two."""
    sent = clip("mp3", seconds=2)
    stored = process(sent, "mp3")[1]
    frame = sent.index(b"\xff\xfb", len(sent) // 2)
    for words in (WORDS.encode(), bytes(99) + WORDS.encode(), b"\xff\0\xff\xe0" + WORDS.encode()):
        for changed in (sent + words, sent[:frame] + words + sent[frame:]):
            assert process(changed, "mp3")[1] == stored


@pytest.mark.parametrize("options", [{}, {"movflags": "frag_keyframe+empty_moov"}])
def test_an_mp4_plays_before_all_of_it_has_come(options):
    _, content = process(clip("mp4", options=tuple(options.items())), "mp4")
    assert 0 < content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize("movflags", ["frag_keyframe", "frag_keyframe+empty_moov", "prefer_icc"])
def test_the_index_has_just_the_room_that_it_needs(movflags):
    sent = clip("mp4", seconds=9, options=(("movflags", movflags),))
    (_, _), (moov, _), *free, (mdat, _) = boxes_of(process(sent, "mp4")[1])
    assert (moov, mdat) == (b"moov", b"mdat")
    assert sum(length for _, length in free) <= 16


def boxes_of(content):
    """(name, length) of each."""
    place = 0
    while place < len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        yield content[place + 4 : place + 8], length
        place += length


def test_a_profile_of_colours_is_left_out():
    """However large it is; it names the camera's maker and the model of a screen."""
    for size in (500, 90_000):
        sent = with_profile(clip("mp4"), WORDS.encode() * (size // len(WORDS)))
        _, content = process(sent, "mp4")
        assert WORDS.encode() not in content
        assert pictures(content) == pictures(clip("mp4"))


def test_what_is_stored_is_stored_as_it_is_again():
    for extension in ("mp4", "m4a", "mp3", "wav"):
        assert process(stored(extension), extension)[1] == stored(extension)


def test_players_turn_it_as_before():
    made, content = process(clip("mp4", turned=(90,)), "mp4")
    assert made.size == (48, 64)
    with av.open(io.BytesIO(content)) as file:
        assert next(file.decode(video=0)).rotation == 90


def test_safari_plays_hevc():
    assert b"hvc1" in process(clip("mp4", "hevc"), "mp4")[1]


def test_times_that_do_not_grow_are_mended():
    """Some cameras write the same one twice."""
    content = process(with_equal_times(clip("mp4")), "mp4")[1]
    assert len(pictures(content)) == 10


def test_an_ogg_of_two_lasts_as_long_as_both():
    one = clip("ogg")
    assert process(one + one, "ogg")[0].marks["seconds"] == 2


@pytest.mark.parametrize("length", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_wav_that_was_written_as_it_was_made(length):
    sent = bytearray(clip("wav"))
    place = sent.index(b"data") + 4
    sent[place : place + 4] = sent[4:8] = length.to_bytes(4, "little")
    assert process(bytes(sent), "wav")[1] == process(clip("wav"), "wav")[1]


def test_slow_motion_of_240_pictures_a_second():
    assert process(clip("mp4", seconds=1.05, rate=240), "mp4")
    assert "299 pictures a second; 240 is" in refusal(clip("mp4", rate=300))


REFUSED = {
    "only sound": (clip("mp4", None), "mp4", "There are no moving pictures in this file"),
    "old codec": (clip("mp4", "mpeg4"), "mp4", "This video holds MPEG-4 Visual, which browsers"),
    "raw sound": (clip("mov", "h264", "pcm"), "mov", "This video holds PCM, which browsers don"),
    "WebM as MP4": (clip("webm"), "mp4", "This video is damaged: it can't be read."),
    "MP4 as WebM": (clip("mp4"), "webm", "This video is damaged: it can't be read."),
    "MP4 as MP3": (clip("mp4"), "mp3", "This sound is damaged: it can't be read."),
    "MP4's first bytes": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "mp4", "This video is cut off"),
    "JPEG": (jpeg(), "mp4", "This video is damaged"),
    "PDF": (pdf(), "webm", "This video is damaged"),
    "MP3's first bytes": (b"ID3\x04" + bytes(40), "mp3", "This sound is damaged"),
    "playlist": (b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/a\n", "mp4", "This video is damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    content, extension, sentence = REFUSED[name]
    assert refusal(content, extension).startswith(sentence)


def test_what_is_only_sound_is_not_sent_elsewhere():
    """The field may not take what sound is sent as."""
    said = refusal(clip("mp4", None))
    assert said == "There are no moving pictures in this file, only sound."


def test_refusals_of_a_rule(settings):
    said = refusal(clip("mp4", seconds=3), max_seconds=2)
    assert said == "This video lasts 0:03 minutes; 0:02 is the most."
    assert "This sound lasts 0:03 minutes" in refusal(clip("mp3", seconds=3), "mp3", max_seconds=2)
    assert process(clip("mp4", seconds=3), "mp4", max_seconds=3)
    settings.VIDEO_MAX_SIDE = 60
    said = refusal(clip("mp4"))
    assert said == "This video is 64 × 48 pixels; 60 is the most for a side."
    settings.VIDEO_MAX_SIDE, settings.VIDEO_MAX_FRAMES_A_SECOND = 64, 8
    assert refusal(clip("mp4")) == "This video has 10 pictures a second; 8 is the most."


@pytest.mark.parametrize("extension", ["mp4", "mov", "webm"])
def test_what_is_cut_off_is_refused(extension):
    whole = clip(extension, seconds=2)
    for part in range(1, 10):
        said = refusal(whole[: len(whole) * part // 10], extension)
        assert "cut off" in said or "damaged" in said
    assert "cut off" in refusal(whole[:-1], extension)


def test_what_stands_behind_it_is_left_out():
    _, content = process(clip("mp4") + b"<script>" * 9, "mp4")
    assert b"<script>" not in content


@pytest.mark.processes
def test_a_process_that_crashes_or_hangs_is_a_refusal(monkeypatch):
    for task, seconds, said in (("crash", 9, "damaged"), ("sleep", 0.2, "too long to read")):
        run = functools.partial(apart.run, f".tests.tasks.{task}", megabytes=100, seconds=seconds)
        with monkeypatch.context() as patch:
            patch.setattr(apart, "IDLE", 0)
            patch.setattr(apart, "run", lambda _, content, run=run, **kwargs: run(content))
            assert said in refusal(clip("mp4"))


@pytest.mark.processes
def test_nothing_is_left_behind(settings):
    refusal(clip("mp4", "mpeg4"))
    made, _ = process(clip("mp4"), "mp4")
    name = made.content.name
    assert os.path.exists(name)
    del made
    gc.collect()
    assert list(temporary_folder().glob("*.upload")) == []


@pytest.mark.processes
def test_it_is_moved_into_its_place(db, monkeypatch):
    """The received file is read, what is made of it is renamed: nothing is copied."""
    sent = clip("mov", noise=100)
    with ReceivedFile("a.mov", "", len(sent), None, None) as file:
        file.write(sent)
        field = Paper._meta.get_field("file")
        made = os.stat(field.accept(file, "a.mov").content.name).st_ino
        monkeypatch.setattr(videos.RewrittenFile, "chunks", None)
        paper = Paper(title="x")
        paper.file.save("a.mov", file)
    assert paper.file.name.endswith("-160x120-10s.mp4")
    assert os.stat(paper.file.path).st_ino == made
    assert all_stored()["private"] == {paper.file.name, *field.renditions_of(paper.file.name)}


@pytest.mark.processes
def test_it_is_copied_where_it_can_not_be_moved(db, monkeypatch):
    monkeypatch.setattr(os, "rename", lambda *_: (_ for _ in ()).throw(OSError(18, "other disk")))
    paper = Paper.objects.create(title="x", file=ContentFile(stored(), name="a.mp4"))
    with paper.file.open() as file:
        assert file.read() == stored()
    poster = paper.file.field.renditions_of(paper.file.name)
    assert all_stored()["private"] == {paper.file.name, *poster}


@pytest.mark.processes
def test_a_storage_that_fails_leaves_nothing(db, monkeypatch):
    storage = storages["private"]
    monkeypatch.setattr(type(storage), "_save", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(StorageUnavailable):
        Paper.objects.create(title="x", file=ContentFile(clip("mp4"), name="a.mp4"))
    gc.collect()
    assert all_stored()["private"] == set()
    assert list(temporary_folder().glob("*.upload")) == []


def test_the_rule_of_a_field(add_field):
    model = add_field(FileField(upload_to="a", max_seconds=1))
    with pytest.raises(ValidationError, match="0:01 is the most"):
        model(upload=ContentFile(clip("mp4", seconds=3), name="a.mp4")).full_clean()
    assert "max_seconds" not in model._meta.get_field("upload").deconstruct()[3]


def test_without_pyav_it_is_stored_as_it_was_sent(db, monkeypatch):
    monkeypatch.setattr(videos, "can_rewrite", lambda: False)
    sent = clip("mov", words=WORDS)
    paper = Paper.objects.create(title="x", file=ContentFile(sent, name="a.mov"))
    with paper.file.open() as file:
        assert file.read() == sent
    assert (paper.file.extension, paper.file.duration, paper.file.poster) == ("mov", None, None)
    assert "PyAV is not installed" in findings()["I002"]
