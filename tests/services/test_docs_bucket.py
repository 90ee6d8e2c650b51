"""docs/bucket.md, line by line: to a bucket and back, with uploads between all of its steps."""

import re
import signal
import subprocess

import pytest

import reading
from conftest import TEMPLATE, bin_of
from services.servers import SBIN
from services.test_every_path import get, put, renditions

PAGE = (TEMPLATE / "docs/bucket.md").read_text(encoding="utf-8")


def code(section, language, number=0):
    """A block of a section."""
    found = [c for kind, c in reading.fences(reading.section(PAGE, section)) if kind == language]
    return found[number]


class Mover:
    """Who moves the site: types the page's lines beside its visitors."""

    def __init__(self, site, moto, samples):
        self.site, self.moto, self.samples = site, moto, samples
        self.env, self.sent = site.app.code / ".env", []
        self.owner = site.visitor("owner")

    def upload(self):
        for folder, name in (("photos", "small.jpg"), ("documents", "paper.pdf")):
            self.sent.append((name, put(self.owner, self.samples, folder, name)[0]))

    def write(self, lines):
        with self.env.open("a") as file:
            file.write(lines)

    def restart(self):
        self.site.app.stop(signal.SIGTERM)  # as systemd does
        self.site.app.start()

    def shell(self, *texts):
        self.site.app.manage("shell", "-c", "".join(text.partition("\n")[2] for text in texts))

    def type(self, lines):
        """Each line in a shell; returns what they say."""
        env = {"PATH": f"{bin_of(self.site.app.venv, 'x').parent}:{SBIN}"}
        _, options = self.site.app.as_popen(env=env)
        lines = lines.replace("/srv/my_media_site", str(self.site.app.folder))
        done = subprocess.run(
            ["bash", "-ec", lines], **options, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def all_there(self):
        """Everybody sees the pictures in all sizes, and the owner gets each paper."""
        for name, path in self.sent:
            page = self.owner.get(path)
            if name == "paper.pdf":
                address = re.search(r'/private/documents/[^"]+', page.text)[0]
                assert get(self.owner, address).content == self.samples[name]
                continue
            for source in renditions(page):
                assert get(self.site.visitor(), source).status_code == 200, source
        return True


@pytest.fixture(scope="module")
def mover(make_site, moto, samples):
    return Mover(make_site("docs-bucket", {"WEB_CONCURRENCY": "1"}), moto, samples)


def left(said):
    """[(files left to copy, all files)]"""
    return re.findall(r"(\d+) of (\d+) files to copy", said)


def test_to_the_bucket(mover):
    mover.upload()
    keys = code("Two buckets", "ini")
    keys = keys.replace("# AWS_ENDPOINT_URL_S3=https://s3.example.com", "AWS_ENDPOINT_URL_S3=")
    assert "AWS_DEFAULT_REGION=eu-central-1" in keys
    for name, value in mover.moto.env.items():
        keys = re.sub(rf"(?m)^{name}=.*$", f"{name}={value}", keys)
    mover.write(keys)
    mover.shell(code("Two buckets", "python"), code("Two buckets", "python", 1))
    first = mover.type(code("The first copy", "sh"))
    assert first.count("All files are there") == 2
    mover.upload()  # after the copy

    mover.write(code("The switch", "ini"))
    mover.restart()
    mover.upload()
    on_disk_alone = renditions(mover.owner.get(mover.sent[-4][1]))
    assert [mover.owner.get(source).status_code for source in on_disk_alone] == [200] * 3
    assert left(mover.type(code("The switch", "sh"))) == [("3", "6"), ("1", "2")]
    assert mover.all_there()


def test_browsers_load_from_the_bucket(mover):
    line = code("The switch", "ini", 1)
    assert re.fullmatch(r"MEDIA_URL=https://my-media\.\S+/\n", line)
    address = f"{mover.moto.url}/my-media/"
    mover.write(f"MEDIA_URL={address}\n")
    mover.restart()
    mover.upload()
    sources = renditions(mover.owner.get(mover.sent[-2][1]))
    assert len(sources) == 3
    assert all(source.startswith(address) for source in sources)
    origin = {"Origin": "https://example.com", "Connection": "close"}
    answer = mover.site.visitor().get(sources[0], headers=origin)
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", "https://example.com")
    assert mover.all_there()


def test_and_back(mover):
    back, fetch = code("Going back", "sh"), code("Going back", "sh", 1)
    assert mover.type(back).count("All files are there") == 2
    mover.upload()
    keys = [line for line in mover.env.read_text().splitlines() if line.startswith("AWS_")]
    mover.env.write_text("\n".join(keys) + "\n")
    mover.restart()
    mover.upload()
    assert left(mover.type(fetch)) == [("3", "15"), ("1", "5")]
    assert mover.all_there()
    for bucket in ("my-media", "my-private-media"):  # nothing comes from there any more
        for page in mover.moto.client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            names = [{"Key": entry["Key"]} for entry in page["Contents"]]
            mover.moto.client.delete_objects(Bucket=bucket, Delete={"Objects": names})
    assert mover.all_there()
