"""What breaks in production: each time a clear answer, no row without its file, and then on."""

import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import needs
from services import servers
from services.conftest import buckets
from services.servers import wait_for
from services.sites import App
from services.test_every_path import get, put

SIZE = 200 * 1024 * 1024  # bytes of the disks below
PATIENCE = 18  # seconds that a visitor waits for a bucket that does not answer: 15, and some more


def mount(*args):
    if not servers.ROOT and not shutil.which("sudo"):
        needs("A disk that can be full", "run the tests as root, or install sudo")
    sudo = [] if servers.ROOT else ["sudo", "-n"]
    done = subprocess.run([*sudo, *map(str, args)], capture_output=True, text=True)
    if done.returncode:
        needs("A disk that can be full", f"{' '.join(map(str, args))}: {done.stderr}")


class Disk:
    """A small disk of its own, in place of a folder."""

    def __init__(self, folder, size=SIZE):
        self.folder, self.ballast = folder, folder / ".ballast"
        folder.mkdir(exist_ok=True)
        options = f"size={size},mode=755,uid={os.geteuid()},gid={os.getegid()}"
        mount("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder)

    def leave(self, free):
        """Fill it, but for some bytes."""
        stat = os.statvfs(self.folder)
        with self.ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, stat.f_bavail * stat.f_frsize - free)

    def empty(self):
        self.ballast.unlink(missing_ok=True)

    def remount(self, option):
        mount("mount", "-o", f"remount,{option}", self.folder)

    def unmount(self):
        mount("umount", "--lazy", self.folder)


@pytest.fixture(scope="module")
def database(folder, running):
    """A PostgreSQL of its own, to be stopped."""
    place = folder / "faults"
    place.mkdir()
    return running(servers.PostgreSQL(place))


@pytest.fixture(scope="module")
def disk_site(make_site, database):
    """On disk, each of its two roots a disk of its own."""
    site = make_site("faulty-disk", {"DATABASE_URL": database.database("disk")}, start=False)
    site.disks = {name: Disk(site.app.folder / name) for name in ("media", "private")}
    yield site.start()
    site.stop()
    for disk in site.disks.values():
        disk.unmount()


@pytest.fixture(scope="module")
def store(folder, running):
    """An S3 server of its own, to be stopped."""
    return running(servers.rclone(folder))


@pytest.fixture(scope="module")
def bucket_site(make_site, store, database):
    env = buckets(store, "faulty")
    return make_site("faulty", {**env, "DATABASE_URL": database.database("bucket")})


@pytest.fixture
def disk(disk_site, samples):
    yield disk_site
    is_well_again(disk_site, samples)


@pytest.fixture
def bucket(bucket_site, samples):
    yield bucket_site
    is_well_again(bucket_site, samples)


def is_well_again(site, samples):
    """No row without its file; `orphans` takes the rest; the next upload works, at the first go."""
    level = site.level()
    assert (level["missing"], level["left"]) == ([], [])
    if site.kind == "faulty-disk":  # with a bucket they are the system's, which empties /tmp itself
        assert [path for path in site.temporary if path.suffix == ".upload"] == []
    owner = site.visitor("owner")
    for folder, name in (("photos", "small.jpg"), ("videos", "film.mp4")):
        path, address = put(owner, samples, folder, name)
        assert get(owner, address).status_code == 200
        assert owner.send_form(f"{path}delete/", {}).status_code == 302
    assert set(owner.get("/health/").json().values()) == {"ok"}


def rows(site, folder):
    """How many items the list of a folder shows."""
    page = site.visitor("owner").get(f"/{folder}/")
    assert page.status_code == 200
    return page.text.count(f'href="/{folder}/') - page.text.count(f'href="/{folder}/new/')


def is_refused(answer, saying="Nothing was saved: try again"):
    """The form again, with the reason on it."""
    assert answer.status_code in (200, 503)
    assert saying in answer.text
    assert 'enctype="multipart/form-data"' in answer.text


def timed(call):
    start = time.monotonic()
    return call(), time.monotonic() - start


@pytest.mark.parametrize("free", [0, 100_000, 1_000_000])
def test_private_disk_is_full(disk, samples, free):
    before = rows(disk, "videos")
    disk.disks["private"].leave(free)
    answer = disk.visitor("owner").upload("/videos/new/", "file", ("f.mp4", samples["film.mp4"]))
    disk.disks["private"].empty()
    is_refused(answer)
    assert rows(disk, "videos") == before
    assert disk.level()["said"][-1].startswith("0 orphans")


@pytest.mark.parametrize(
    ("pages", "name", "free"),
    [("documents", "paper.pdf", 8_000_000), ("videos", "film.mp4", 14_000_000)],
)
def test_received_file_needs_no_second_place(disk, samples, pages, name, free):
    """It is moved from where 6 MB were received, or, what is rewritten, from where that was."""
    disk.disks["private"].leave(free)
    content = samples[name].ljust(len(samples["film.mp4"]), b"%")
    answer = disk.visitor("owner").upload(f"/{pages}/new/", "file", (name, content))
    disk.disks["private"].empty()
    assert answer.status_code == 302
    assert disk.level()["said"][-1].startswith("0 orphans")


@pytest.mark.parametrize("free", [0, 50_000])
def test_public_disk_is_full(disk, samples, free):
    """With 50 kB left there is room for some of the renditions."""
    before = rows(disk, "photos")
    disk.disks["media"].leave(free)
    answer = disk.visitor("owner").upload("/photos/new/", "image", ("l.jpg", samples["large.jpg"]))
    disk.disks["media"].empty()
    is_refused(answer)
    assert rows(disk, "photos") == before
    assert disk.level()["said"][-1].startswith("0 orphans")


def test_replacing_on_a_full_disk_keeps_the_old_picture(disk, samples):
    owner = disk.visitor("owner")
    path, address = put(owner, samples, "photos", "small.jpg")
    disk.disks["media"].leave(0)
    answer = owner.upload(f"{path}edit/", "image", ("large.jpg", samples["large.jpg"]))
    disk.disks["media"].empty()
    is_refused(answer)
    assert address in owner.get(path).text
    assert owner.get(address).status_code == 200


def test_media_is_read_only(disk, samples):
    for folder, name, field in (
        ("media", "small.jpg", "image"),
        ("private", "film.mp4", "file"),
        ("private", "paper.pdf", "file"),
    ):
        disk.disks[folder].remount("ro")
        pages = {"small.jpg": "photos", "film.mp4": "videos", "paper.pdf": "documents"}[name]
        answer = disk.visitor("owner").upload(f"/{pages}/new/", field, (name, samples[name]))
        said = disk.app.manage("check")
        disk.disks[folder].remount("rw")
        is_refused(answer)
        assert "uploads.W004" in said
        assert str(disk.app.folder / folder) in said


def test_rows_can_be_deleted_while_media_is_read_only(disk, samples):
    """The row goes; its files are logged, and left to `orphans`."""
    owner = disk.visitor("owner")
    path, _ = put(owner, samples, "photos", "small.jpg")
    disk.disks["media"].remount("ro")
    answer = owner.send_form(f"{path}delete/", {})
    disk.disks["media"].remount("rw")
    assert answer.status_code == 302
    assert owner.get(path).status_code == 404
    assert disk.level()["said"][-1].startswith("3 orphans")


def test_temporary_folder_on_another_disk_nearly_full(disk, samples):
    before = rows(disk, "videos")
    temporary = Disk(disk.app.folder / "private" / ".tmp", size=2 * 1024 * 1024)
    try:
        answer = disk.visitor("owner").upload(
            "/videos/new/", "file", ("f.mp4", samples["film.mp4"])
        )
        left = list(temporary.folder.iterdir())
    finally:
        temporary.unmount()
    is_refused(answer)
    assert left == []
    assert rows(disk, "videos") == before


def test_stored_whole_from_a_temporary_folder_on_another_disk(disk, samples):
    """Moving across disks is copying: when the target fills, nothing is cut off and kept."""
    temporary = Disk(disk.app.folder / "private" / ".tmp", size=16 * 1024 * 1024)
    owner = disk.visitor("owner")
    try:
        disk.disks["private"].leave(3_000_000)
        refused = owner.upload("/videos/new/", "file", ("f.mp4", samples["film.mp4"]))
        disk.disks["private"].empty()
        _, address = put(owner, samples, "videos", "film.mp4")
    finally:
        temporary.unmount()
    is_refused(refused)
    assert owner.get(address).content == samples["film.mp4"]


def many(samples):
    """Files that take their time: those below 2.5 MB are written, the last is moved into place."""
    clip, film = samples["clip.mp4"], samples["film.mp4"]
    return [*((f"{n}.mp4", clip) for n in range(18)), ("last.mp4", film)]


def test_worker_is_killed_in_the_middle(disk, database, samples):
    """After it has stored a file, and before there is a row for it."""
    before = rows(disk, "videos")
    videos = disk.app.folder / "private" / "videos"
    stored = len(list(videos.rglob("*.mp4")))
    visitor = disk.visitor("owner")
    with database.held("disk", "library_video"), ThreadPoolExecutor(1) as pool:
        answer = pool.submit(visitor.upload, "/videos/new/", "file", *many(samples))
        wait_for(lambda: len(list(videos.rglob("*.mp4"))) > stored, "the first of the files")
        workers = disk.app.workers()
        disk.app.kill_workers()
        answer = answer.result()
    assert answer.status_code == 503
    assert "try again in a minute" in answer.text
    wait_for(lambda: set(disk.app.workers()) - set(workers), "new workers")
    assert rows(disk, "videos") == before
    level = disk.level()
    assert (level["missing"], level["left"]) == ([], [])
    # What was stored, and what was being received.
    assert [line for line in level["said"] if line.startswith("private: videos/")]
    assert [line for line in level["said"] if line.startswith("private: .tmp/")]


def test_client_goes_in_the_middle(disk):
    visitor = disk.visitor("owner")
    for sent in (10, 300, 3_000_000):
        connection = visitor.part_of_upload("/videos/new/", sent, 40_000_000)
        connection.close()
    time.sleep(0.5)
    assert disk.temporary == []


def test_client_goes_in_the_middle_past_nginx(disk, project, venv, folder, running):
    """As behind a proxy that does not buffer: the app itself sees half an upload."""
    env = disk.app.env
    app = running(App(folder / "unbuffered", project, venv, env, servers.free_port()))
    visitor = disk.visitor("owner", app.url)
    before = rows(disk, "videos")
    connection = visitor.part_of_upload("/videos/new/", 5_000_000, 40_000_000)
    received = wait_for(lambda: [p for p in disk.temporary if p.stat().st_size], "an upload")
    assert len(received) == 1
    connection.close()
    wait_for(lambda: not disk.temporary, "the half upload goes")
    assert rows(disk, "videos") == before
    # Neither was a worker lost, nor one of its threads.
    for _ in range(10):
        connection = visitor.part_of_upload("/videos/new/", 3_000_000, 40_000_000)
        connection.close()
    wait_for(lambda: not disk.temporary, "the half uploads go")
    assert visitor.get("/videos/").status_code == 200


def test_slow_clients_hold_up_nobody(disk, samples):
    """More of them than the app has threads: they wait in nginx."""
    visitor = disk.visitor("owner")
    slow = [visitor.part_of_upload("/videos/new/", 100_000, 40_000_000) for _ in range(12)]
    try:
        _, alone = timed(lambda: put(disk.visitor("owner"), samples, "videos", "film.mp4"))
        assert alone < 5
        for connection in slow:
            connection.sendall(b"more")  # still there
    finally:
        for connection in slow:
            connection.close()


def uploads(site, samples):
    """Uploads of both kinds of file, to be called."""
    return (
        lambda: site.visitor("owner").upload(
            "/videos/new/", "file", ("film.mp4", samples["film.mp4"])
        ),
        lambda: site.visitor("owner").upload(
            "/photos/new/", "image", ("small.jpg", samples["small.jpg"])
        ),
    )


def at_once(*calls):
    """[(what it returns, its seconds)] of calls that are made at the same time."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(timed, calls))


def test_database_is_gone(disk, database, samples):
    owner = disk.visitor("owner")
    database.stop()
    try:
        *refused, health = at_once(*uploads(disk, samples), lambda: disk.visitor().get("/health/"))
        wait_for(lambda: disk.temporary == [], "received files go, right after the answer")
    finally:
        database.start()
    for answer, took in refused:
        assert answer.status_code in (500, 503)
        assert "try again in a minute" in answer.text
        assert took < PATIENCE
    assert health[0].status_code == 503
    assert health[0].json()["database"] != "ok"
    assert health[0].json()["media"] == "ok"
    assert health[1] < PATIENCE
    # The very next requests are answered, on connections that were cut off meanwhile.
    assert {owner.get("/photos/").status_code for _ in range(12)} == {200}


def test_database_goes_while_files_are_being_stored(disk, database, samples):
    owner = disk.visitor("owner")
    videos = disk.app.folder / "private" / "videos"
    stored = len(list(videos.rglob("*.mp4")))
    with database.held("disk", "library_video"), ThreadPoolExecutor(1) as pool:
        answer = pool.submit(owner.upload, "/videos/new/", "file", *many(samples))
        wait_for(lambda: len(list(videos.rglob("*.mp4"))) > stored, "the first of the files")
        database.stop()
        try:
            answer = answer.result()
        finally:
            database.start()
    assert answer.status_code in (500, 503)
    assert "try again in a minute" in answer.text


def test_bucket_is_stopped(bucket, store, samples):
    owner = bucket.visitor("owner")
    path, address = put(owner, samples, "photos", "small.jpg")
    store.stop()
    try:
        for answer, took in at_once(*uploads(bucket, samples)):
            is_refused(answer)
            assert took < PATIENCE
        answer = owner.get("/health/")
        assert answer.status_code == 503
        assert (answer.json()["media"] == "ok", answer.json()["database"]) == (False, "ok")
        # Pages need the bucket for nothing.
        assert owner.get(path).status_code == 200
        assert owner.get(address).status_code == 302
        assert bucket.temporary == []
    finally:
        store.start()


def test_bucket_is_frozen(bucket, store, samples):
    owner = bucket.visitor("owner")
    path, _ = put(owner, samples, "photos", "small.jpg")
    store.freeze()
    try:
        *refused, deleted, health = at_once(
            *uploads(bucket, samples),
            lambda: bucket.visitor("owner").send_form(f"{path}delete/", {}),
            lambda: bucket.visitor().get("/health/"),
        )
    finally:
        store.thaw()
    for answer, took in refused:
        is_refused(answer)
        assert took < PATIENCE
    # The row goes, and its visitor waits no longer than for an upload.
    assert deleted[0].status_code == 302
    assert deleted[1] < PATIENCE
    assert health[0].status_code == 503
    assert health[0].json() == {
        "database": "ok",
        "media": "TimeoutError",
        "private": "TimeoutError",
    }
    assert health[1] < 5  # what deploy/healthcheck.py waits for


def test_bucket_refuses(bucket, project, venv, folder, running, samples):
    """Keys that were withdrawn, or a bucket that was deleted."""
    for number, change in enumerate(
        (
            {"AWS_SECRET_ACCESS_KEY": "withdrawn"},
            {"MEDIA_BUCKET": "gone", "PRIVATE_MEDIA_BUCKET": "gone"},
        )
    ):
        env = bucket.app.env | change
        app = running(App(folder / f"refused-{number}", project, venv, env, servers.free_port()))
        app.options["env"]["CSRF_TRUSTED_ORIGINS"] = app.url
        visitor = bucket.visitor("owner", app.url)
        is_refused(visitor.upload("/photos/new/", "image", ("s.jpg", samples["small.jpg"])))
        health = visitor.get("/health/")
        assert health.status_code == 503
        refused = {"database": "ok", "media": "ClientError", "private": "ClientError"}
        assert health.json() == refused
        app.stop()


def test_worker_is_killed_while_it_stores_into_the_bucket(bucket, store, samples):
    before = rows(bucket, "videos")
    count = len(store.client.list_objects_v2(Bucket="faulty-private").get("Contents", ()))

    def one_more():
        found = store.client.list_objects_v2(Bucket="faulty-private").get("Contents", ())
        return len(found) > count

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(bucket.visitor("owner").upload, "/videos/new/", "file", *many(samples))
        wait_for(one_more, "the first of the files")
        bucket.app.kill_workers()
    assert answer.result().status_code == 503
    time.sleep(1)
    # Each file is for itself: those before are there, those behind are not.
    assert before <= rows(bucket, "videos") < before + len(many(samples))
    assert bucket.level()["missing"] == []
