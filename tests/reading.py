"""What the READMEs say to type, taken from where it stands."""

import re
import shutil


def section(text, title):
    """The part of a README below a heading of the second level."""
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def commands(text):
    """The lines of its indented blocks, not of those between fences."""
    text = re.sub(r"(?ms)^```.+?^```", "", text)
    return [line.strip() for line in text.splitlines() if line.startswith("    ")]


def remove_pages(code, text):
    """The first step of "Remove the samples": the edits that it shows, word by word."""
    fence = re.search(r"```python\n(.+?)```", text, re.S)[1]
    new_import, route = [line.strip() for line in fence.splitlines() if line]
    last_import = "from django.urls import include, path\n"
    replace(code / "config/urls.py", last_import, f"{last_import}{new_import}\n")
    replace(code / "config/urls.py", 'path("", include("library.urls")),', route)
    replace(code / "templates/base.html", re.search(r"delete `(\{%.+?%\})`", text)[1], "")


def remove_code(code, text):
    """The last step: a line of the settings, then the folders."""
    line = re.search(r'the line `(".+?",)`', text)[1]
    replace(code / "config/settings.py", f"    {line}\n", "")
    for folder in re.findall(r"`([\w/]+)/`", text.partition("Then delete the line")[2]):
        shutil.rmtree(code / folder)


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old} in {path}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def fences(text):
    """[(language, code)] of its blocks between fences."""
    return re.findall(r"(?ms)^```(\w+)\n(.*?)^```", text)


def blocks(text, start):
    """[code] of the blocks whose first line begins with `start`, which is left out."""
    found = [code for _, code in fences(text) if code.startswith(start)]
    return [code.partition("\n")[2] for code in found]
