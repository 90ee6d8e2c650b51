"""A browser, a site of its own for it, and windows in which nothing may go wrong unnoticed."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Error, expect, sync_playwright

from browser.windows import LAYOUT_SHIFT, Log, program
from conftest import SERVED, needs
from services import sites

HERE = Path(__file__).parent
PATIENCE = 15_000  # milliseconds, for what is right in half a second on an idle machine
expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(tryfirst=True)  # pytest-xdist looks for the groups in the same hook
def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def browser():
    """The system's Chromium, else Playwright's own."""
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(**program())
        except Error:
            if program()["executable_path"]:
                raise
            by_hand = "or uv run playwright install chromium"
            needs("Chromium", f"apt-get install chromium-headless-shell, {by_hand}")
        yield started
        started.close()


@pytest.fixture(scope="session")
def site(folder, project, worlds, running):
    """A site on disk with its users: see sites.USERS."""
    return running(sites.make("browser", folder / "browser", project, worlds(SERVED).venv, {}))


@pytest.fixture(scope="session")
def gallery(site):
    """What inside/fill.py prints, of the sixty photos that it has given the owner."""
    return json.loads(
        site.app.python(HERE / "inside/fill.py", "photos", 60, "owner").splitlines()[-1]
    )


@pytest.fixture(scope="session")
def faces(site):
    """{kind: page} of the documents that inside/faces.py has given the owner, one of each kind."""
    said = site.app.python(HERE / "inside/faces.py", "documents", "owner")
    return json.loads(said.splitlines()[-1])


@pytest.fixture
def page(browser, site):
    """page(width, height, ...) opens a window of the site, and returns Playwright's Page.

    `user` is logged in already; None is nobody. At the end no window may have said an error or a
    warning, nor may its Content-Security-Policy have forbidden anything, but what `expected` names.
    """
    contexts, logs = [], []

    def make(
        width=1280,
        height=800,
        *,
        user="owner",
        scheme="light",
        dpr=1,
        javascript=True,
        reduced_motion=False,
        locale="en-US",
        expected=(),
        at=site,
        **options,
    ):
        context = browser.new_context(
            base_url=at.url,
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            device_scale_factor=dpr,
            java_script_enabled=javascript,
            reduced_motion="reduce" if reduced_motion else "no-preference",
            locale=locale,
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if user:
            cookies = at.visitor(user).cookies.items()
            context.add_cookies([{"name": n, "value": v, "url": at.url} for n, v in cookies])
        context.add_init_script(LAYOUT_SHIFT)
        window = context.new_page()
        logs.append(Log(window, expected))
        return window

    yield make
    for context in contexts:
        context.close()
    assert [said for log in logs for said in log.unexpected] == []
