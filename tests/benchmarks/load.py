"""Eight of the largest pictures at once: what all workers hold, whether the site goes on, how long.

The tables of docs/load_and_memory.md: each format by two workers, then a JPEG by other numbers of
workers and with other values of IMAGE_MEMORY_MB. Linux only: memory is in /proc.
"""

import io
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image
from pillow_heif import register_heif_opener

from services import sites
from services.load import LEAST_MB, WORKER_MB, Watch, post, processor_seconds

from . import tools
from .tools import Row

AT_ONCE = 8
SETTINGS = """
from config.settings import *
IMAGE_MEMORY_MB = {}
IMAGE_MAX_PIXELS = {} * 1_000_000
"""
# The largest that is taken of each: megapixels, of a square, and how it is saved.
PICTURES = {
    "JPEG": (44, "jpg", {"format": "JPEG", "quality": 85}),
    "progressive JPEG": (60, "jpg", {"format": "JPEG", "quality": 85, "progressive": True}),
    "PNG": (50, "png", {"format": "PNG", "compress_level": 1}),
    "WebP": (15, "webp", {"format": "WEBP", "quality": 80, "method": 0}),
    "AVIF": (20, "avif", {"format": "AVIF", "quality": 70, "speed": 10}),
    "GIF": (60, "gif", {"format": "GIF"}),
    "HEIC": (53, "heic", {"format": "HEIF", "quality": 60}),
    "moving GIF": (1, "gif", {"format": "GIF", "save_all": True, "frames": 16}),
    "JPEG, the most for 512 MB,": (24, "jpg", {"format": "JPEG", "quality": 85}),
}
# Workers, IMAGE_MEMORY_MB, IMAGE_MAX_PIXELS in millions, picture.
CASES = [(2, 250, 60, name) for name in [*PICTURES][:-1]]
CASES += [(1, 250, 60, "JPEG"), (4, 250, 60, "JPEG"), (1, 500, 60, "JPEG"), (2, 500, 60, "JPEG")]
CASES += [(2, 125, 60, "JPEG"), (1, 140, 24, [*PICTURES][-1])]
HEALTH_S = 1


def picture(name):
    """(bytes, extension)"""
    megapixels, extension, options = PICTURES[name]
    side = int((megapixels * 1_000_000 - 1) ** 0.5) // 16 * 16
    tile = Image.effect_mandelbrot((512, 512), (-2, -1.5, 1, 1.5), 20).convert("RGB")
    whole = Image.new("RGB", (side, side))
    for x in range(0, side, 512):
        for y in range(0, side, 512):
            whole.paste(tile, (x, y))
    frames = range(1, options.pop("frames", 1))
    if frames:
        options = {**options, "append_images": [whole.rotate(5 * frame) for frame in frames]}
    out = io.BytesIO()
    whole.save(out, **options)
    return out.getvalue(), extension


def used(site):
    """Seconds of a processor, of all workers until now."""
    return sum(map(processor_seconds, site.app.workers()))


def measure(project, workers, photo, extension):
    """What all workers hold at rest and at most, in MB, the seconds of the slowest /health/, of a
    processor for each picture and until the last answer, and how many are stored."""
    env = {"WEB_CONCURRENCY": str(workers), "DJANGO_SETTINGS_MODULE": "load_settings"}
    site = sites.make("load", tools.folder(), project, Path(sys.prefix), env)
    try:
        site.start()
        owner = site.visitor("owner")
        for _ in range(20 * workers):  # each worker has answered before
            site.visitor().get("/photos/")
        with Watch(site) as watch, ThreadPoolExecutor(AT_ONCE) as pool:
            start, before = time.monotonic(), used(site)
            stored = list(
                pool.map(lambda _: post(owner, photo, extension=extension), range(AT_ONCE))
            )
            seconds = time.monotonic() - start
        each = (used(site) - before) / AT_ONCE
        assert watch.statuses == {200}, watch.statuses
    finally:
        site.stop()
    return watch.before, watch.most, watch.slowest, each, seconds, sum(stored)


def rows():
    register_heif_opener()
    project = tools.bake(tools.folder())
    photos = {}
    for workers, megabytes, pixels, name in CASES:
        photos[name] = photos.get(name) or picture(name)
        (project / "load_settings.py").write_text(SETTINGS.format(megabytes, pixels))
        before, most, *others = measure(project, workers, *photos[name])
        health, each, seconds, stored = others
        at_most = workers * (WORKER_MB + (max(megabytes, LEAST_MB) if pixels == 60 else megabytes))
        what = f"{AT_ONCE} {name} of {PICTURES[name][0]} MP, {workers} x {megabytes} MB"
        yield Row(f"{what}: all workers, at rest", before, unit="MB")
        yield Row(f"{what}: all workers, at most", most, at_most, "MB")
        yield Row(f"{what}: slowest /health/ meanwhile", health, HEALTH_S, "s")
        yield Row(f"{what}: a processor, for each picture", each, unit="s")
        yield Row(f"{what}: the last answer", seconds, unit="s")
        yield Row(f"{what}: stored, the others refused in words", stored, unit="")


if __name__ == "__main__":
    tools.report(rows())
