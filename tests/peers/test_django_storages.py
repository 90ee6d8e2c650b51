"""What django-storages promises of S3, our buckets keep: its own tests, with ours.

tests/peers/suites/storages_put.py says how they take hold of our buckets.
"""

import os
import shutil
import tomllib

import pytest

from conftest import bin_of, run, uv

from .suite import each, judge, run_suite, source

pytestmark = [pytest.mark.slow, pytest.mark.peers]

# Beside what a bucket needs: the tests are written for a moto before its fifth version.
TOOLS = ["cryptography", "moto[s3]<5", "rsa"]
TESTS = 68

CALLED = "AssertionError: expected call not found."
# Those of its tests that fail, and how the error begins; above each, why that is meant.
DIFFERENCES = {
    # The bucket sends a file with a type of our table, whether to show it, and for how long.
    **each(
        "S3StorageTests",
        """test_content_type test_storage_open_no_write test_storage_open_write
        test_storage_object_parameters_not_overwritten_by_default
        test_storage_save test_storage_save_non_seekable test_storage_save_with_default_acl
        test_storage_write_beyond_buffer_size""",
        CALLED,
    ),
    **each(
        "S3StorageTestsWithMoto",
        "test_content_type_attribute",
        "AssertionError: 'application/octet-stream' != 'test/foo'",
    ),
    # Nothing is packed on the way, and an archive is no encoding of what is in it.
    **each(
        "S3StorageTests",
        """test_storage_save_gzip test_storage_save_gzip_twice test_storage_save_gzipped
        test_storage_save_gzipped_non_seekable""",
        CALLED,
    ),
    # An address is that of this site or its CDN; signed_url() gives the bucket's.
    **each(
        "S3StorageTests",
        "test_storage_url",
        "AssertionError: '{url}",
    ),
    **each("S3StorageTests", "test_url_unsigned", "AssertionError: Expected 'generate_presigned_"),
    # How a file is sent follows from its type, and only the bucket's own signatures are made.
    **each(
        "S3FileTests",
        "test_closed test_loading_ssec test_reopening",
        "ImproperlyConfigured: object_parameters has ['ContentType']",
    ),
    **each(
        "S3StorageTests",
        "test_cloudfront_config",
        "ImproperlyConfigured: cloudfront_key_id is set",
    ),
    # One connection for all threads.
    **each("S3StorageTests", "test_connection_threading", "AssertionError: unexpectedly identical"),
    # No threads for one upload: they make a worker's memory grow.
    **each("S3StorageTests", "test_transfer_config", "AssertionError: False is not true"),
    # An open file is Python's, whose lines end at "\n" alone.
    **each(
        "S3StorageTestsWithMoto",
        "test_storage_open_reading_with_newlines",
        "AssertionError: Lists differ: [b'line1",
    ),
}
# A private address is this site's, whatever the domain.
OF_PRIVATE = each(
    "S3StorageTests",
    """test_custom_domain_parameters test_generated_url_is_encoded test_special_characters
    test_storage_url_custom_domain_signed_urls test_storage_url_slashes""",
    "AssertionError: '{url}",
)


@pytest.fixture
def packages(bake, world, tmp_path):
    """A folder with django-storages and all that its tests want, but for Django."""
    project, folder = bake(), tmp_path / "packages"
    wanted = tomllib.loads((project.path / "pyproject.toml").read_text(encoding="utf-8"))
    extra = wanted["project"]["optional-dependencies"]["s3"]
    python = bin_of(world.venv, "python")
    run(uv(), "pip", "install", "-q", "-p", python, "--target", folder, *extra, *TOOLS)
    for path in [*folder.glob("django"), *folder.glob("django-*")]:  # the world has its own
        shutil.rmtree(path)
    return folder


def test_its_suite_passes_but_for_what_is_meant(bake, world, packages, tmp_path):
    (installed,) = packages.glob("django_storages-*.dist-info")
    version = installed.stem.partition("-")[2]
    peer = source(world, f"django-storages=={version}", tmp_path / "peer")
    env = {
        "PYTHONPATH": os.pathsep.join(map(str, [peer, packages])),
        "DJANGO_SETTINGS_MODULE": "suites.storages_settings",
    }
    for bucket, url in {"PublicBucket": "/media/", "PrivateBucket": "/private/"}.items():
        report, output = run_suite(bake(), world, "run_storages", bucket, env=env)
        assert len(report["run"]) == TESTS, output
        assert not report["skipped"]
        meant = DIFFERENCES if bucket == "PublicBucket" else DIFFERENCES | OF_PRIVATE
        differences = {name: error.replace("{url}", url) for name, error in meant.items()}
        judge(report, differences, output)
