"""Windows of a browser that remember what went wrong in them.

Playwright's wait_for_function() is no use here: the pages' Content-Security-Policy forbids eval.
"""

import os
import re
import shutil
import time

# The page itself says what its Content-Security-Policy has forbidden, wherever that happens.
LISTEN = """addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
  reportViolation(`${effectiveDirective}: ${blockedURI}`))"""
LAYOUT_SHIFT = """
window.shifted = [];
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries())
    if (!hadRecentInput)
      shifted.push([value, ...sources.map(({ node }) => node?.outerHTML?.slice(0, 99))]);
}).observe({ type: "layout-shift", buffered: true });
"""


def program():
    """The options to launch the system's Chromium with, or Playwright's own where there is none.

    That without windows and menus takes two fifths of the processor's time.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": next(filter(None, map(shutil.which, names)), None), "args": root}


class Log:
    """What a window says that a good page doesn't; `expected` are patterns of what may be."""

    def __init__(self, window, expected=()):
        self.expected, self.said = list(expected), []
        window.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        window.on("console", self.console)
        window.expose_function("reportViolation", lambda text: self.said.append(f"CSP: {text}"))
        window.add_init_script(LISTEN)

    def console(self, message):
        if message.type in ("warning", "error"):
            self.said.append(f"{message.type}: {message.text} ({message.location['url']})")

    @property
    def unexpected(self):
        return [s for s in self.said if not any(re.search(p, s) for p in self.expected)]


def throttle(window, down=-1, up=-1, latency=0, offline=False):
    """Slow the network down, to bytes a second; -1 is as fast as it is. Returns the CDP session."""
    session = window.context.new_cdp_session(window)
    session.send("Network.enable")
    numbers = {"downloadThroughput": down, "uploadThroughput": up, "latency": latency}
    session.send("Network.emulateNetworkConditions", {"offline": offline, **numbers})
    return session


def late(route):
    """For window.route(): a picture comes when its page has been painted."""
    time.sleep(0.3)
    route.continue_()


def layout_shift(window):
    """All that has moved since the page began."""
    return window.evaluate("shifted")
