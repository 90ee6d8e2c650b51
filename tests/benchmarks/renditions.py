"""Pictures of an upload, in time and memory, against pyvips making the same files.

One thread each: Pillow has no more, and a web worker's other CPUs have other requests. So the time
is CPU time, which a busy machine changes less.
"""

import io
import math
import os
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

from . import pictures, tools
from .tools import Row, ratio

os.environ["VIPS_CONCURRENCY"] = "1"
WIDTHS = [400, 800, 1200, 1600]
ROUNDS = 9


def ours_renditions(path):
    """{width: bytes} of four renditions, by the toolkit."""
    from uploads.formats import pictures, variants

    with path.open("rb") as file:
        return by_width(pictures.renditions(file, variants.of_field(WIDTHS, None)))


def by_width(renditions):
    return {width: content for (_variant, width), content in renditions.items()}


def vips_renditions(path, chain=False):
    """The same by pyvips: each from the file, as its manual has it, or each from the one above."""
    made, larger = {}, None
    for width in sorted(WIDTHS, reverse=True):
        larger = vips_thumbnail(path, larger if chain else None, width)
        made[width] = vips_webp(larger)
    return made


def ours_upload(path):
    """{width: bytes} of all pictures of one upload, by the toolkit."""
    from uploads.formats import pictures, variants

    with path.open("rb") as file:
        picture = pictures.process(file, "jpg", variants=variants.of_field(None, None))
    return {picture.size[0]: picture.content, **by_width(picture.renditions)}


def vips_upload(path, chain=False):
    from django.conf import settings
    from uploads.formats import encoding

    most = settings.IMAGE_MAX_SIDE
    stored = larger = vips_thumbnail(path, None, most, height=most)
    quality = encoding.QUALITY["JPEG"]["quality"]
    made = {stored.width: stored.jpegsave_buffer(Q=quality, keep="none")}
    for width in sorted(settings.IMAGE_WIDTHS, reverse=True):
        larger = vips_thumbnail(path, larger if chain else None, width)
        made[width] = vips_webp(larger)
    return made


def vips_thumbnail(path, larger, width, height=10_000_000):
    import pyvips

    if larger is None:
        made = pyvips.Image.thumbnail(str(path), width, height=height, size="down")
    else:
        made = larger.thumbnail_image(width, height=height, size="down")
    return made.copy_memory()


def vips_webp(picture):
    from uploads.formats.encoding import of_width

    options = of_width(picture.width)
    return picture.webpsave_buffer(Q=options["quality"], effort=options["method"], keep="none")


def likeness(ours, peers):
    """PSNR in dB of the least alike of the pictures that two functions made; sizes may differ."""
    least = math.inf
    for (_, one), (_, other) in zip(sorted(ours.items()), sorted(peers.items()), strict=True):
        a, b = (Image.open(io.BytesIO(content)).convert("RGB") for content in (one, other))
        difference = ImageStat.Stat(ImageChops.difference(a, b.resize(a.size)))
        error = sum(difference.sum2) / (3 * a.width * a.height)
        least = min(least, 10 * math.log10(255**2 / error) if error else math.inf)
    return least


def growth(function, path):
    """MB by which a fresh process grows at its peak when it calls `function`; the most of three."""
    command = [sys.executable, "-m", __spec__.name, function.__name__, path]
    return max(
        float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout) for _ in range(3)
    )


def grow(function, path):
    """What growth() starts: in a process that has imported everything and done nothing."""
    import pyvips  # noqa: F401
    from uploads.formats import pictures  # noqa: F401

    Path("/proc/self/clear_refs").write_text("5")  # the peak is now what is held
    before = memory("VmRSS")
    function(path)
    print(memory("VmHWM") - before)


def memory(name):
    """MB, from a line such as `VmRSS:   34567 kB`."""
    return int(Path("/proc/self/status").read_text().split(f"{name}:")[1].split()[0]) / 1024


def rows():
    folder = tools.folder()
    paths = {megapixels: pictures.save(folder, megapixels) for megapixels in pictures.SIZES}
    linux = sys.platform == "linux"

    path = paths[48]
    times = tools.by_turns(
        ROUNDS,
        time.process_time,
        ours=lambda: ours_renditions(path),
        vips=lambda: vips_renditions(path),
        chain=lambda: vips_renditions(path, chain=True),
    )
    what = "four WebP renditions of a 48-megapixel JPEG"
    yield Row(f"{what}: CPU time against pyvips", ratio(times["ours"], times["vips"]), 0.7)
    yield Row(
        "the same, where pyvips makes each from the one above", ratio(times["ours"], times["chain"])
    )
    if linux:
        yield Row(f"{what}: peak growth", growth(ours_renditions, path), 80, "MB")
        yield Row("the same by pyvips", growth(vips_renditions, path), unit="MB")
    alike = [likeness(ours_renditions(path), vips_renditions(path))]

    for megapixels, limit in ((48, 0.75), (12, 1.1)):
        path = paths[megapixels]
        times = tools.by_turns(
            ROUNDS,
            time.process_time,
            ours=lambda path=path: ours_upload(path),
            vips=lambda path=path: vips_upload(path),
            chain=lambda path=path: vips_upload(path, chain=True),
        )
        what = f"all pictures of a {megapixels}-megapixel upload"
        yield Row(f"{what}: CPU time against pyvips", ratio(times["ours"], times["vips"]), limit)
        yield Row(
            "the same, where pyvips makes each from the one above",
            ratio(times["ours"], times["chain"]),
        )
        if linux:
            yield Row(f"{what}: peak growth", growth(ours_upload, path), 110, "MB")
            yield Row("the same by pyvips", growth(vips_upload, path), unit="MB")
        alike.append(likeness(ours_upload(path), vips_upload(path)))
    # Two encodings of one photo make 35; half a pixel of shift, or of brightness, below 32.
    yield Row("likeness of our pictures and those of pyvips: PSNR", min(alike), 33, "dB", True)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        grow(globals()[sys.argv[1]], Path(sys.argv[2]))
    else:
        tools.open_project()
        tools.report(rows())
