"""copy_media, to a bucket and back, with the site moved there by its environment alone."""

import signal
import subprocess
import time

import pytest

from services.conftest import buckets, open_to_read
from services.servers import free_port
from services.sites import App
from services.test_every_path import get, put, renditions

MANY = 400


@pytest.fixture(scope="module")
def site(make_site, samples):
    """A site on disk with a few real uploads, and many small files beside them."""
    site = make_site("moving")
    owner = site.visitor("owner")
    site.picture, site.picture_address = put(owner, samples, "photos", "small.jpg")
    site.film, site.film_address = put(owner, samples, "videos", "film.mp4")
    for number in range(MANY):
        path = site.app.folder / "media" / "photos" / f"{number}.bin"
        path.write_bytes(bytes(f"{number}", "ascii") * 2000)
    half = site.app.folder / "private" / ".tmp" / "half.upload"
    half.parent.mkdir(exist_ok=True)
    half.write_bytes(b"x")
    (site.app.folder / "media" / "photos" / ".0123.part").write_bytes(b"x")
    return site


@pytest.fixture(scope="module")
def env(site, moto, project):
    env = buckets(moto, "moved")
    open_to_read(moto, env, project)
    return {**env, "MEDIA_URL": f"{moto.url}/{env['MEDIA_BUCKET']}/"}


def on_disk(site, root):
    folder = site.app.folder / root
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in files
        if not any(part[0] == "." for part in path.relative_to(folder).parts)
    }


def in_bucket(server, name):
    pages = server.client.get_paginator("list_objects_v2").paginate(Bucket=name)
    return {entry["Key"] for page in pages for entry in page.get("Contents", ())}


def copy(site, env, *args, **options):
    return site.app.manage("copy_media", *args, env=env, **options)


def keys(env):
    """What the bucket needs, while the site itself still is on the disk."""
    return {name: value for name, value in env.items() if name.startswith("AWS_")}


def test_dry_run_copies_nothing(site, env, moto):
    said = copy(site, keys(env), "--to", "s3://moved-public", "--dry-run")
    count = len(on_disk(site, "media"))
    assert count > MANY
    assert f"{count} of {count} files to copy" in said
    assert in_bucket(moto, "moved-public") == set()


def test_killed_and_run_again(site, env, moto):
    command, options = site.app.as_popen(
        "manage.py", "copy_media", "--to", "s3://moved-public", env=keys(env)
    )
    with subprocess.Popen(command, **options, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 30
        while len(in_bucket(moto, "moved-public")) < 20 and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    copied = in_bucket(moto, "moved-public")
    files = on_disk(site, "media")
    assert 20 <= len(copied) < len(files)
    said = copy(site, keys(env), "--to", "s3://moved-public")
    assert f"{len(files) - len(copied)} of {len(files)} files to copy" in said
    assert "All files are there" in said
    assert in_bucket(moto, "moved-public") == set(files)
    assert "0 of" in copy(site, keys(env), "--to", "s3://moved-public")


def test_file_that_arrived_otherwise_is_copied_again(site, env, moto):
    name = "photos/7.bin"
    moto.client.put_object(Bucket="moved-public", Key=name, Body=b"cut off")
    assert "1 of" in copy(site, keys(env), "--to", "s3://moved-public")
    there = moto.client.get_object(Bucket="moved-public", Key=name)["Body"].read()
    assert there == on_disk(site, "media")[name]


def test_moved_to_the_bucket(site, env, moto, samples, project, venv, folder, running):
    """Copy both kinds, start with the bucket in the environment: same pages, same files."""
    for kind, bucket in (("default", "moved-public"), ("private", "moved-private")):
        copy(site, keys(env), "--storage", kind, "--to", f"s3://{bucket}")
    assert not [name for name in in_bucket(moto, "moved-private") if "half" in name]
    moved = running(App(folder / "moved", project, venv, site.app.env | env, free_port()))
    visitor = site.visitor("owner", moved.url)
    sources = renditions(visitor.get(site.picture))
    assert len(sources) == 3
    assert all(source.startswith(f"{moto.url}/moved-public/") for source in sources)
    for source in sources:
        answer = get(visitor, source)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"] == "inline"
        assert "immutable" in answer.headers["Cache-Control"]
    assert get(visitor, site.film_address).content == samples["film.mp4"]
    assert site.visitor("other", moved.url).get(site.film_address).status_code == 404
    moved.stop()


def test_back_to_the_disk(site, env, tmp_path):
    for kind, root, mode in (("default", "media", "0o644"), ("private", "private", "0o640")):
        target = tmp_path / root
        said = copy(site, env, "--storage", kind, "--to", target)
        assert "All files are there" in said
        copied = {p.relative_to(target).as_posix(): p for p in target.rglob("*") if p.is_file()}
        wanted = on_disk(site, root)
        assert {name: path.read_bytes() for name, path in copied.items()} == wanted
        assert {oct(path.stat().st_mode & 0o777) for path in copied.values()} == {mode}


def test_bucket_that_is_not_there(site, env):
    said = copy(site, keys(env), "--to", "s3://nowhere", check=False)
    assert "nowhere" in said
    assert "Traceback" not in said
