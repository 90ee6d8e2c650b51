"""Sites on real servers. Each is made when a test first asks for it, and kept for the others."""

import json
from pathlib import Path

import pytest

from services import servers

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # pytest-xdist looks for the groups in the same hook
def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)
            # With pytest-xdist all of these stay in one process, and share their servers. Those
            # that keep a processor busy come behind the hostile files, whose seconds are counted.
            group = "hostile" if item.path.stem == "test_company" else "services"
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def postgresql(folder, running):
    return running(servers.PostgreSQL(folder))


@pytest.fixture(scope="session")
def moto(folder, running):
    return running(servers.moto(folder))


@pytest.fixture(scope="session")
def rclone(folder, running):
    return running(servers.rclone(folder))


def buckets(server, kind):
    """The part of the environment that names two new buckets."""
    names = server.bucket(f"{kind}-public"), server.bucket(f"{kind}-private")
    return {**server.env, **dict(zip(("MEDIA_BUCKET", "PRIVATE_MEDIA_BUCKET"), names, strict=True))}


def open_to_read(server, site_env, project):
    """Make the public bucket public as deploy/bucket-policy.json and bucket-cors.json say."""
    bucket = site_env["MEDIA_BUCKET"]
    policy = (project / "deploy" / "bucket-policy.json").read_text()
    assert policy.count("my-media") == 1
    server.client.put_bucket_policy(Bucket=bucket, Policy=policy.replace("my-media", bucket))
    cors = json.loads((project / "deploy" / "bucket-cors.json").read_text())
    server.client.put_bucket_cors(Bucket=bucket, CORSConfiguration=cors)


@pytest.fixture(scope="session")
def get_site(request, make_site, project):
    """get_site(kind): one of KINDS, made once."""
    made = {}

    def disk():
        return make_site("disk")

    def postgresql():
        url = request.getfixturevalue("postgresql").database("one")
        return make_site("postgresql", {"DATABASE_URL": url})

    def bucket():
        """Pages name the bucket's own address."""
        server = request.getfixturevalue("moto")
        env = buckets(server, "bucket")
        open_to_read(server, env, project)
        return make_site("bucket", {**env, "MEDIA_URL": f"{server.url}/{env['MEDIA_BUCKET']}/"})

    def forwarded():
        """Pages name this site's address, which forwards with a signed one."""
        return make_site("forwarded", buckets(request.getfixturevalue("rclone"), "forwarded"))

    def machines():
        env = buckets(request.getfixturevalue("rclone"), "machines")
        env["DATABASE_URL"] = request.getfixturevalue("postgresql").database("many")
        return make_site("machines", env, machines=2)

    factories = {f.__name__: f for f in (disk, postgresql, bucket, forwarded, machines)}

    def get(kind):
        if kind not in made:
            made[kind] = factories[kind]()
        return made[kind]

    return get


KINDS = ("disk", "postgresql", "bucket", "forwarded", "machines")


@pytest.fixture(params=KINDS)
def site(request, get_site):
    """Each kind of site in turn."""
    return get_site(request.param)
