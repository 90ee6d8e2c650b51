"""Videos and sound: with what phones and programs put beside the streams, broken, and made up.

The clips are made by ffmpeg, each once and of the size of a stamp.
"""

import functools
import random
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

import imageio_ffmpeg

from .build import box, drawn, encoded
from .case import FILES, Case

WORDS = b"planted-words"
POSITION = b"+48.1371+011.5754"
DAMAGED, CUT_OFF = "This video is damaged", "This video is cut off"
UNPLAYABLE = "which browsers don't play"
FILM = ["-f", "lavfi", "-i", "testsrc2=size=96x64:rate=10:duration=1"]
SOUND = ["-f", "lavfi", "-i", "sine=440:sample_rate=48000:duration=1"]
BESIDE = ["-metadata", f"title={WORDS.decode()}", "-metadata", f"comment={WORDS.decode()}"]
BESIDE += ["-metadata", f"location={POSITION.decode()}/", "-metadata:s", f"title={WORDS.decode()}"]
H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "5", "-pix_fmt", "yuv420p"]
VP8 = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"]


@functools.cache
def clip(extension, *options, beside=()):
    """A clip that ffmpeg makes with these options; `beside` are (name, content) of its inputs."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in beside:
            Path(folder, name).write_bytes(content)
        out = Path(folder, f"out.{extension}")
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-threads", "1", *options, out]
        subprocess.run(command, check=True, cwd=folder, stdin=subprocess.DEVNULL)
        return out.read_bytes()


def mp4(*options, extension="mp4"):
    return clip(extension, *FILM, *SOUND, *H264, "-c:a", "aac", *BESIDE, *options)


def webm(*options):
    return clip("webm", *FILM, *SOUND, *VP8, "-c:a", "libvorbis", *BESIDE, *options)


def inside(data, path, content):
    """An MP4, whose index is its last box, with `content` at the end of the box at `path`."""
    start, end = 0, len(data)
    starts = []
    for name in path:
        while start < end:
            length = int.from_bytes(data[start : start + 4], "big")
            if data[start + 4 : start + 8] == name:
                break
            start += length
        assert start < end, name
        starts.append(start)
        start, end = start + 8, start + length
    data = bytearray(data[:end] + content + data[end:])
    for place in starts:
        length = int.from_bytes(data[place : place + 4], "big") + len(content)
        data[place : place + 4] = length.to_bytes(4, "big")
    return bytes(data)


def planted():
    return POSITION + b"/" + WORDS


def android():
    """©xyz in moov/udta, as Android and older iPhones write it."""
    text = planted()
    return box(b"udta", box(b"\xa9xyz", struct.pack(">HH", len(text), 0x15C7) + text))


def apple():
    """com.apple.quicktime.location.ISO6709 in moov/meta, as iPhones write it."""
    key = b"com.apple.quicktime.location.ISO6709"
    keys = box(b"keys", bytes(4) + struct.pack(">I", 1) + box(b"mdta", key))
    data = box(b"data", struct.pack(">II", 1, 0) + planted())
    handler = box(b"hdlr", bytes(8) + b"mdta" + bytes(14))
    return box(b"meta", handler + keys + box(b"ilst", box(b"\0\0\0\1", data)))


def xmp():
    """As cameras and editors write it."""
    identity = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
    return box(b"uuid", identity + b"<x:xmpmeta><exif:GPSLatitude>" + planted() + b"</x:xmpmeta>")


def exif():
    """A JPEG with EXIF, as cameras put a small picture into moov/udta."""
    return box(b"udta", box(b"CNTH", box(b"CNDA", b"\xff\xd8\xff\xe1\0\x40Exif\0\0" + planted())))


def threegpp():
    """loci in moov/udta."""
    return box(b"udta", box(b"loci", bytes(4) + b"\x15\xc7" + planted() + b"\0" + bytes(16)))


MOOV = {
    "udta ©xyz": android,
    "keys of com.apple.quicktime": apple,
    "XMP": xmp,
    "EXIF": exif,
    "3GPP's loci": threegpp,
    "free": lambda: box(b"free", planted()),
}
SUBTITLES = b"1\n00:00:00,000 --> 00:00:01,000\n" + WORDS + b"\n"
CHAPTERS = b";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=" + WORDS + b"\n"
COVER = ["-i", "c.png", "-map", "0", "-map", "1", "-map", "2", "-disposition:v:1", "attached_pic"]


def with_cover():
    beside = (("c.png", encoded(drawn((32, 32)), "PNG")),)
    return clip("mp4", *FILM, *SOUND, *COVER, *H264, "-c:v:1", "copy", *BESIDE, beside=beside)


def with_timed_position():
    """A track of text beside the film, as action cameras write where they are."""
    options = ["-i", "t.srt", "-map", "0", "-map", "1", "-map", "2", "-c:s", "mov_text"]
    return clip(
        "mp4", *FILM, *SOUND, *options, *H264, "-c:a", "aac", beside=(("t.srt", SUBTITLES),)
    )


def with_chapters(extension, *codecs):
    options = ["-i", "c.txt", "-map", "0", "-map", "1", "-map_chapters", "2"]
    beside = (("c.txt", CHAPTERS),)
    return clip(extension, *FILM, *SOUND, *options, *codecs, beside=beside)


def with_attachment():
    options = [*VP8, "-c:a", "libopus", "-attach", "a.txt", "-metadata:s:t", "mimetype=text/plain"]
    beside = (("a.txt", WORDS),)
    return clip("mkv", *FILM, *SOUND, *options, beside=beside)


def sound(extension, codec):
    return clip(extension, *SOUND, "-c:a", codec, "-ac", "1", *BESIDE)


def from_ogg():
    """Vorbis keeps its comments between the headers of its codec."""
    options = ["-map", "0:v", "-map", "1:a", *VP8, "-c:a", "copy"]
    beside = (("a.ogg", sound("ogg", "libvorbis")),)
    return clip("webm", *FILM, "-i", "a.ogg", *options, beside=beside)


def good(name, make, filename="a.mp4", size=(96, 64)):
    return Case(name, make, filename, to=FILES, secret=WORDS, size=size)


VFR = ["-vf", "select='not(eq(mod(n,3),1))'", "-fps_mode", "vfr"]
GOOD = [
    good("MP4, H.264 and AAC", mp4),
    good("MOV", lambda: mp4(extension="mov"), "a.MOV"),
    good("M4V", lambda: mp4(extension="mp4"), "a.m4v"),
    good("MP4, HEVC", lambda: clip("mp4", *FILM, "-c:v", "libx265", *BESIDE)),
    good(
        "MP4, AV1 and Opus",
        lambda: clip("mp4", *FILM, *SOUND, "-c:v", "libsvtav1", "-c:a", "libopus"),
    ),
    good("MP4, VP9", lambda: clip("mp4", *FILM, "-c:v", "libvpx-vp9", *BESIDE)),
    good("MP4, H.264 and MP3", lambda: clip("mp4", *FILM, *SOUND, *H264, "-c:a", "libmp3lame")),
    good("MP4 in fragments", lambda: mp4("-movflags", "frag_keyframe+empty_moov")),
    good("MP4, its index in front", lambda: mp4("-movflags", "+faststart")),
    good("WebM, VP8 and Vorbis", webm, "a.webm"),
    good(
        "WebM, VP9 and Opus",
        lambda: clip("webm", *FILM, *SOUND, "-c:v", "libvpx-vp9", "-c:a", "libopus", *BESIDE),
        "a.webm",
    ),
    good("WebM, with the comments of an Ogg", from_ogg, "a.webm"),
    good("WebM, H.264, as browsers record it", lambda: clip("mkv", *FILM, *H264), "a.webm"),
    good("WebM of unknown length", lambda: webm("-live", "1"), "a.webm"),
    good(
        "rotated",
        lambda: clip(
            "mp4",
            "-display_rotation",
            "90",
            "-i",
            "a.mp4",
            "-c",
            "copy",
            beside=(("a.mp4", mp4()),),
        ),
        size=(64, 96),
    ),
    good("variable frame rate", lambda: mp4(*VFR)),
    good("no sound", lambda: clip("mp4", *FILM, *H264, *BESIDE)),
    good("cover picture", with_cover),
    good("timed position", with_timed_position),
    good("chapters", lambda: with_chapters("mp4", *H264, "-c:a", "aac")),
    good("chapters in a WebM", lambda: with_chapters("webm", *VP8, "-c:a", "libopus"), "a.webm"),
    good("attachment", with_attachment, "a.webm"),
    good("two languages", lambda: mp4("-map", "0", "-map", "1", "-map", "1")),
    good("something behind it", lambda: mp4() + b"\0\0\0\1" + WORDS * 9),
    *[
        good(f"position in {name}", lambda make=make: inside(mp4(), [b"moov"], make()), "a.mov")
        for name, make in MOOV.items()
    ],
    good("XMP beside moov", lambda: mp4() + xmp()),
    good("MP3", lambda: sound("mp3", "libmp3lame"), "a.mp3", None),
    good("M4A", lambda: sound("m4a", "aac"), "a.m4a", None),
    good("Ogg", lambda: sound("ogg", "libvorbis"), "a.ogg", None),
    good("Ogg, Opus", lambda: sound("ogg", "libopus"), "a.ogg", None),
    good("WAV", lambda: sound("wav", "pcm_s16le"), "a.wav", None),
]


def bad(name, make, filename="a.mp4", says=DAMAGED):
    return Case(name, make, filename, says, FILES)


def eight_thousand():
    return clip("mp4", "-f", "lavfi", "-i", "color=black:size=7680x4320:duration=0.1", *H264)


def table(name, *values):
    return box(name, bytes(4) + struct.pack(f">{len(values)}I", *values))


def with_table(name, new):
    """An MP4 whose only table of this name, of the same length or shorter, is another one."""
    data = clip("mp4", *FILM, *H264)
    start = data.index(name) - 4
    length = int.from_bytes(data[start : start + 4], "big")
    filled = new + (box(b"free", bytes(length - len(new) - 8)) if length > len(new) else b"")
    assert len(filled) == length
    return data[:start] + filled + data[start + length :]


def deep(name, depth):
    """Boxes in boxes."""
    lengths = (8 * left for left in range(depth, 0, -1))
    return HEAD + b"".join(length.to_bytes(4, "big") + name for length in lengths)


def packed_index():
    """An index of 200 MB of zeros, packed into 200 kB: QuickTime had such."""
    zeros = zlib.compress(bytes(200_000_000), 9)
    packed = box(b"dcom", b"zlib") + box(b"cmvd", struct.pack(">I", 4_000_000_000) + zeros)
    return box(b"ftyp", b"qt  \0\0\0\0qt  ") + box(b"moov", box(b"cmov", packed))


def elsewhere():
    """A MOV that says that its pictures lie in another file."""
    data = mp4(extension="mov")
    start = data.index(b"dref") + 4
    return data[:start] + data[start:].replace(b"alis\0\0\0\1", b"url \0\0\0\0", 1)


HEAD = box(b"ftyp", b"isom\0\0\0\0isom")
WEBM_HEAD = b"\x1aE\xdf\xa3\x84\x42\x82\x81w"
BAD = [
    bad("nothing but first bytes", lambda: HEAD, says=CUT_OFF),
    bad("no film", lambda: clip("mp4", *SOUND, "-c:a", "aac"), says="only sound"),
    bad("old codec", lambda: clip("mp4", *FILM, "-c:v", "mpeg4"), says=UNPLAYABLE),
    bad("ProRes", lambda: clip("mov", *FILM, "-c:v", "prores_ks"), "a.mov", UNPLAYABLE),
    bad(
        "raw sound",
        lambda: clip("mov", *FILM, *SOUND, *H264, "-c:a", "pcm_s16le"),
        "a.mov",
        UNPLAYABLE,
    ),
    bad("Matroska with HEVC", lambda: clip("mkv", *FILM, "-c:v", "libx265"), "a.webm", UNPLAYABLE),
    bad("8K", eight_thousand, says="7680 × 4320 pixels; 4096 is the most"),
    bad("a million frames", lambda: with_table(b"stsz", table(b"stsz", 1000, 1_000_000)), says=""),
    bad("four billion frames", lambda: with_table(b"stsz", table(b"stsz", 1, 2**32 - 1)), says=""),
    bad("zero frames", lambda: with_table(b"stsz", table(b"stsz", 1, 0)), says=""),
    bad("zero length", lambda: clip("mp4", *FILM, *H264, "-t", "0"), says=""),
    bad(
        "a thousand pictures a second",
        lambda: clip(
            "mp4",
            *FILM,
            *H264,
            "-vf",
            "setpts=PTS/100",
            "-fps_mode",
            "passthrough",
            "-enc_time_base",
            "1/1000",
        ),
        says="",
    ),
    bad("boxes in boxes", lambda: deep(b"moov", 100_000), says=""),
    bad("containers in containers", lambda: deep(b"udta", 1_000_000), says=CUT_OFF),
    bad("a million empty boxes", lambda: HEAD + box(b"free") * 1_000_000, says=CUT_OFF),
    bad("a million boxes in the index", lambda: HEAD + box(b"moov", box(b"free") * 1_000_000)),
    bad("ten thousand tracks", lambda: HEAD + box(b"moov", box(b"trak", box(b"mdia")) * 10_000)),
    bad("packed index", packed_index, "a.mov"),
    bad("a box of eight exabytes", lambda: HEAD + b"\0\0\0\1moov" + b"\x7f" * 8, says=CUT_OFF),
    bad("WebM, only its head", lambda: WEBM_HEAD, "a.webm"),
    bad(
        "WebM, a part of a terabyte",
        lambda: WEBM_HEAD + b"\x18S\x80g\xff" + b"\x16T\xaek\x02" + b"\xff" * 99,
        "a.webm",
    ),
    bad("WebM, clusters without end", lambda: webm() + b"\x1fC\xb6u\xff" * 100_000, "a.webm", ""),
    bad("text as MP3", lambda: b"ID3\x04" + b"\0" * 99_999, "a.mp3", "This sound is damaged"),
    bad("four gigabytes of ID3", lambda: b"ID3\x04\0\0\x7f\x7f\x7f\x7f", "a.mp3", "This sound is"),
    bad(
        "WAV of four gigabytes",
        lambda: b"RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff",
        "a.wav",
        "This sound is",
    ),
]


def playlists(address):
    """Files that FFmpeg would follow to `address`, if it was asked what they are."""
    url = f"http://{address}/x.ts"
    texts = {
        "HLS": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n",
        "concat": f"ffconcat version 1.0\nfile '{url}'\n",
        "SDP": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
        "DASH": f'<?xml version="1.0"?><MPD><BaseURL>{url}</BaseURL></MPD>',
        "RTSP": f"rtsp://{address}/x",
    }
    begins = {
        "a.mp4": HEAD,
        "a.mov": b"\0\0\0\x08wide",
        "a.webm": b"\x1aE\xdf\xa3",
        "a.mp3": b"ID3",
    }
    for kind, text in texts.items():
        for filename, head in begins.items():
            yield Case(
                f"{kind} as {filename}", lambda text=text: text.encode(), filename, "else", FILES
            )
            yield Case(
                f"{kind} behind {filename}",
                lambda h=head, t=text: h + t.encode(),
                filename,
                "This",
                FILES,
            )


def cut(make, filename, times):
    """(file name, content) of a file without its end, at so many places."""
    whole = make()
    for n in range(times):
        yield filename, whole[: len(whole) * (2 * n + 1) // (2 * times)]


def flipped(make, filename, times):
    """(file name, content) of a file with a few bits turned; the same ones each time."""
    whole = make()
    for seed in range(times):
        dice, data = random.Random(seed), bytearray(whole)
        for _ in range(dice.choice([1, 3, 20])):
            place = dice.randrange(len(data))
            data[place] ^= 1 << dice.randrange(8)
        yield filename, bytes(data)
