"""Mistakes of storages, buckets and nginx are named by their checks."""

import pytest

from uploads.tests.right_site import SHOWN, findings, write_nginx


@pytest.mark.parametrize("name", ["DEFAULT_FILE_STORAGE", "STATICFILES_STORAGE"])
def test_removed_settings(site, name):
    setattr(site, name, "storages.S3")
    found = findings()
    assert set(found) == {"E010"}
    assert "storages.S3" in found["E010"]


def test_nobody_sends_the_public_files(site):
    write_nginx(site, url="/files/")
    assert set(findings(deploy=True)) == {"W005"}
    (site.BASE_DIR / "deploy" / "nginx.conf").unlink()
    assert set(findings(deploy=True)) == {"W005"}
    assert findings() == {}


def test_two_limits(site):
    write_nginx(site, limit=10)
    found = findings(deploy=True)
    assert set(found) == {"W006"}
    assert "50" in found["W006"]
    assert "10m" in found["W006"]


def test_smaller_limit_of_a_location(site):
    conf = site.BASE_DIR / "deploy" / "nginx.conf"
    conf.write_text(conf.read_text() + "location /x/ { client_max_body_size 1m; }")
    assert findings(deploy=True) == {}


def test_types_that_nginx_does_not_know(site):
    write_nginx(site, types=[line for line in SHOWN if "heic" not in line])
    found = findings(deploy=True)
    assert set(found) == {"W011"}
    assert "heic heif" in found["W011"]
    write_nginx(site, types=["image/png heic;", *(line for line in SHOWN if "heic" not in line)])
    assert set(findings(deploy=True)) == {"W011"}
    (site.BASE_DIR / "deploy" / "nginx.conf").write_text("")
    assert "W011" not in findings(deploy=True)


def use_buckets(site, public=None, private=None, **options):
    site.DEBUG = False
    for name, bucket in (("default", public), ("private", private)):
        if bucket:
            options["bucket_name"] = bucket
            backend = {"BACKEND": "uploads.tests.right_site.Bucket", "OPTIONS": {**options}}
            site.STORAGES = {**site.STORAGES, name: backend}


def test_right_buckets(site):
    use_buckets(site, "my-media", "my-private-media")
    assert findings(deploy=True) == {}


def test_one_bucket_for_both(site):
    use_buckets(site, "my-media", "my-media")
    found = findings()
    assert set(found) == {"E011"}
    assert "my-media" in found["E011"]


@pytest.mark.parametrize("region", [None, ""])
@pytest.mark.parametrize("buckets", [{"public": "a", "private": "b"}, {"private": "b"}])
def test_bucket_without_region(site, buckets, region):
    use_buckets(site, **buckets, region=region)
    assert set(findings()) == {"W007"}


@pytest.mark.parametrize(
    ("buckets", "missing"),
    [({"public": "a"}, "PRIVATE_MEDIA_BUCKET"), ({"private": "a"}, "MEDIA_BUCKET")],
)
def test_one_of_two_buckets(site, buckets, missing):
    use_buckets(site, **buckets)
    assert findings() == {}
    found = findings(deploy=True)
    assert set(found) == {"W008"}
    assert f"but {missing} is not" in found["W008"]


def test_buckets_with_debug(site):
    use_buckets(site, "my-media", "my-private-media")
    site.DEBUG = True
    assert set(findings()) == {"W009"}


def test_header_that_no_proxy_sets(site):
    site.SECURE_PROXY_SSL_HEADER = ("HTTP_X_SCHEME", "https")
    found = findings(deploy=True)
    assert set(found) == {"W010"}
    assert "X-Scheme" in found["W010"]
    site.SECURE_PROXY_SSL_HEADER = None
    assert findings(deploy=True) == {}
