"""The pictures of both READMEs: uv run python -m tests.browser.screenshots

Makes a project, fills it with `manage.py demo`, and draws its pages into docs/, light and dark.
With a folder behind it, every page becomes a file there instead, on a screen and a phone.
"""

import contextlib
import io
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import sync_playwright

from tests.benchmarks import tools
from tests.browser.windows import program

FOLDERS = "photos, towns, patterns"
SIZES = {"screen": ((1280, 860), 1), "phone": ((390, 800), 2)}
PLACE = tools.ROOT / "docs"
PAGES = {
    "overview": "/",
    "photos": "/photos/",
    "patterns": "/patterns/",
    "picture": "/towns/5/",
    "tall": "/photos/2/",
    "edit": "/photos/5/edit/",
    "delete": "/photos/5/delete/",
    "several": "/photos/delete/?pk=4&pk=5&pk=6",
    "upload": "/photos/new/",
    "documents": "/documents/",
    "letter": "/documents/3/",
    "film": "/videos/2/",
    "profile": "/accounts/profile/",
    "missing": "/nowhere/",
    "admin": "/admin/library/photo/",
}


@contextlib.contextmanager
def demo():
    """The address of a site with the demo's files in it."""
    folder = tools.folder()
    project = tools.bake(folder, image_folders=FOLDERS)
    tools.run(tools.uv(), "run", "--no-dev", "manage.py", "demo", "--no-serve", cwd=project)
    port = tools.free_port()
    with (project / "server.log").open("wb") as log:
        command = [project / ".venv/bin/python", "manage.py", "runserver", "--noreload", str(port)]
        server = subprocess.Popen(
            command, cwd=project, env=tools.ENVIRONMENT, stdout=log, stderr=log
        )
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(200):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(address)
                break
            time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder)


def windows(browser, address):
    """{(scheme, size): a window with demo logged in}"""
    state = None
    for scheme in ("light", "dark"):
        for size, ((width, height), dpr) in SIZES.items():
            context = browser.new_context(
                base_url=address,
                viewport={"width": width, "height": height},
                device_scale_factor=dpr,
                color_scheme=scheme,
                storage_state=state,
            )
            window = context.new_page()
            if state is None:
                window.goto("/accounts/login/")
                window.fill("[name=username]", "demo")
                window.fill("[name=password]", "demo")
                window.click("main button")
                state = context.storage_state()
            yield (scheme, size), window


def shot(window, path):
    window.goto(path)
    window.wait_for_load_state("networkidle")
    return Image.open(io.BytesIO(window.screenshot())).convert("RGBA")


def rounded(picture, radius):
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *picture.size), radius, 255)
    picture.putalpha(mask)
    return picture


def together(screen, phone, frame):
    """A phone before a screen."""
    phone = phone.resize((300, 300 * phone.height // phone.width), Image.Resampling.LANCZOS)
    picture = Image.new("RGBA", (screen.width + 60, screen.height + 40))
    picture.alpha_composite(rounded(screen, 14))
    box = (0, 0, screen.width - 1, screen.height - 1)
    ImageDraw.Draw(picture).rounded_rectangle(box, 14, outline="#80808080")
    place = picture.width - phone.width - 8, picture.height - phone.height - 8
    edge = rounded(Image.new("RGBA", (phone.width + 16, phone.height + 16), frame), 34)
    picture.alpha_composite(edge, (place[0] - 8, place[1] - 8))
    picture.alpha_composite(rounded(phone, 26), place)
    return picture


def main(folder=None):
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**program())
        opened = dict(windows(browser, address))
        if folder:
            for (scheme, size), window in opened.items():
                for name, page in PAGES.items():
                    shot(window, page).save(Path(folder, f"{name}-{size}-{scheme}.png"))
            return
        for scheme, frame in {"light": "#1c1f23", "dark": "#4a5057"}.items():
            screen = shot(opened[scheme, "screen"], "/")
            phone = shot(opened[scheme, "phone"], "/towns/2/")
            picture = together(screen, phone, frame)
            picture.save(PLACE / f"site-{scheme}.webp", quality=82, method=6)


if __name__ == "__main__":
    main(*sys.argv[1:])
