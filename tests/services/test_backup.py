"""The README's own lines for backup and restore, while visitors upload and delete."""

import hashlib
import json
import os
import re
import subprocess
import threading
import time

import pytest

from conftest import bin_of
from services import servers
from services.conftest import buckets
from services.servers import SBIN, free_port, program, wait_for
from services.sites import App
from services.test_every_path import addresses, get

# {name of the file: SHA-256 of what its storage holds, or None} for every file that a row names.
READ_ALL = """if True:
    import django, hashlib, json; django.setup()
    from uploads import cleanup, references
    found = {}
    for field in cleanup.file_fields():
        for name in filter(None, field.model.objects.values_list(field.attname, flat=True)):
            for file in (name, *references.renditions_of(field, name)):
                there = field.storage.exists(file)
                content = field.storage.open(file).read() if there else None
                found[file] = there and hashlib.sha256(content).hexdigest()
    print(json.dumps(found))
"""


FEW = 12  # items that are not deleted


def read_all(app):
    return json.loads(app.python("-c", READ_ALL))


@pytest.fixture
def readme(project):
    """lines(first, last): commands of the section "Backup", as people copy them."""
    text = (project / "README.md").read_text()
    section = text.partition("\n## Backup\n")[2].partition("\n## ")[0]
    code = [line.removeprefix("    ") for line in section.splitlines() if line[:4] == "    "]
    code = "\n".join(code).replace("\\\n", "").splitlines()

    def lines(first, last):
        start, end = ([n for n, c in enumerate(code) if c.startswith(s)] for s in (first, last))
        assert len(start) == len(end) == 1, code
        return code[start[0] : end[0] + 1]

    return lines


@pytest.fixture(params=["disk", "bucket"])
def places(request, folder):
    """(kind, environment of the site, and of the one that takes its place).

    On disk with PostgreSQL; in buckets with SQLite.
    """
    kind = request.param
    if kind == "disk":
        database = request.getfixturevalue("postgresql").database
        return kind, *({"DATABASE_URL": database(name)} for name in ("copied", "restored"))
    store = request.getfixturevalue("rclone")
    return kind, *(buckets(store, name) for name in ("copied", "restored"))


class Visitors:
    """Two that upload and one that deletes, until they are stopped."""

    def __init__(self, site, samples):
        self.site, self.samples = site, samples
        self.stored, self.deleted = {}, 0  # {name: SHA-256}, as read when it was there
        self.paths, self.errors, self.stopped = [], [], threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(3)]

    def upload(self, visitor, number):
        if number % 4:
            file = (f"{number}.csv", b"a,b\n%d,%d\n" % (number, time.time_ns()))
            answer = visitor.upload("/documents/new/", "file", file)
        else:
            answer = visitor.upload("/photos/new/", "image", ("p.jpg", self.samples["small.jpg"]))
        self.note(visitor, answer.headers["Location"])

    def note(self, visitor, path):
        address = addresses(visitor.get(path))[0]
        name = address.split("/", 2)[2]
        self.stored[name] = hashlib.sha256(get(visitor, address).content).hexdigest()
        self.paths.append(path)

    def delete(self, visitor):
        path = self.paths.pop(0)
        answer = visitor.send_form(f"{path}delete/", {})
        assert answer.status_code == 302
        self.deleted += 1

    def run(self, number):
        visitor = self.site.visitor("owner")
        try:
            while not self.stopped.is_set():
                if number:
                    self.upload(visitor, number=self.deleted)
                    time.sleep(0.1)  # the backup wants some of the processor, too
                elif len(self.paths) > FEW:
                    self.delete(visitor)
                else:
                    time.sleep(0.01)
        except Exception as error:
            self.errors.append(error)

    def __enter__(self):
        visitor = self.site.visitor("owner")
        for number in range(FEW + 10):
            self.upload(visitor, number)
        for thread in self.threads:
            thread.start()
        wait_for(lambda: self.deleted > 3, "deletions")
        return self

    def __exit__(self, *args):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def test_nothing_is_lost(places, readme, make_site, samples, folder, project, venv, running):
    kind, env, env_after = places
    site = make_site(f"copied-{kind}", env)
    after = App(folder / f"restored-{kind}", project, venv, env_after, free_port())
    kept = folder / f"kept-{kind}"
    kept.mkdir()
    tools = {"pg_dump": "postgresql-client", "sqlite3": "sqlite3"}
    needed = program(*list(tools.items())[kind == "bucket"])

    def shell(app, lines):
        script = "\n".join(lines)
        changes = {"/backup": str(kept), f"/srv/{project.name}": str(app.folder)}
        changes |= {"2026-11-22": "$(date +%F)", " db.sqlite3": f" {app.folder}/data/db.sqlite3"}
        if kind == "bucket":
            changes |= {
                f"--to /srv/{project.name}/media": f"--to s3://{env_after['MEDIA_BUCKET']}",
                f"--to /srv/{project.name}/private": f"--to s3://{env_after['PRIVATE_MEDIA_BUCKET']}",
            }
        for old, new in sorted(changes.items(), key=lambda change: -len(change[0])):
            script = script.replace(old, new)
        path = os.pathsep.join([str(bin_of(venv, "x").parent), os.path.dirname(needed), SBIN])
        _, options = app.as_popen(env={"PATH": path})
        done = subprocess.run(
            ["bash", "-euxc", script], **options, capture_output=True, text=True, timeout=200
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    backup = readme("python manage.py keep_deleted on", "python manage.py keep_deleted off")
    restore = readme("pg_restore", "python manage.py orphans")
    if kind == "bucket":
        backup[1:2], restore[0:1] = readme("sqlite3", "sqlite3"), readme("cp", "cp")
    with Visitors(site, samples) as visitors:
        shell(site.app, backup)
        known = len(visitors.stored)
        wait_for(lambda: len(visitors.stored) > known + 3, "uploads after the backup")
    assert visitors.errors == []

    shell(after, restore[:-1])
    # Visitors had deleted more than they left, so that the last command wants to hear how many.
    said = shell(after, [f"{restore[-1]} || true"])
    if number := re.search(r"type manage.py orphans (--delete \d+)", said):
        said = shell(after, [restore[-1].replace("--delete", number[1])])
    restored, now = read_all(after), read_all(site.app)
    assert "orphans of" in said
    assert [name for name, content in restored.items() if not content] == []
    pairs = {n: c for n, c in restored.items() if n in visitors.stored}
    assert pairs == {n: visitors.stored[n] for n in pairs}
    assert len(pairs) >= FEW
    # Rows were deleted and made since: otherwise this would have been too easy.
    assert set(restored) - set(now)
    assert set(now) - set(restored)
    level = json.loads(after.python(servers.Path(__file__).parent / "inside" / "level.py"))
    assert (level["missing"], level["left"]) == ([], [])
    assert level["said"][-1].startswith("0 orphans")
    # The site itself: what was deleted during the backup is swept now.
    level = site.level()
    assert (level["missing"], level["left"]) == ([], [])
    assert not level["said"][-1].startswith("0 orphans")
    # And it is well, in its new place.
    running(after)
    assert set(site.visitor(url=after.url).get("/health/").json().values()) == {"ok"}
