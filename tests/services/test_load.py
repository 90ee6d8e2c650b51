"""Many large pictures at once: each is stored, or refused in words, and pages go on meanwhile."""

import io
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from services.load import LEAST_MB, WORKER_MB, Watch, post

pytestmark = pytest.mark.xdist_group("hostile")  # apart from what is timed

SIDE = 6600  # pixels of a square: 44 megapixels, the most that is decoded whole


@pytest.fixture(scope="module")
def photo():
    out = io.BytesIO()
    Image.effect_mandelbrot((SIDE, SIDE), (-2, -1.5, 1, 1.5), 20).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def rows(site):
    code = "import django; django.setup(); from library.models import Photo"
    return int(site.app.python("-c", f"{code}; print(Photo.objects.count())"))


def test_eight_worst_pictures_at_once(get_site, photo):
    site = get_site("disk")
    owner, before = site.visitor("owner"), rows(site)
    site.visitor().get("/photos/")  # each worker has answered before
    with Watch(site) as watch, ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(lambda n: post(owner, photo), range(8)))
    print(watch)
    assert watch.most <= len(site.app.workers()) * (WORKER_MB + LEAST_MB)  # docs/load_and_memory.md
    assert watch.statuses == {200}
    assert rows(site) == before + sum(stored)
    assert any(stored)


def test_twenty_pictures_in_one_form(get_site, photo):
    site = get_site("disk")
    before, start = rows(site), time.monotonic()
    stored = post(site.visitor("owner"), *[photo] * 20)
    print(f"{time.monotonic() - start:.0f} s, {'stored' if stored else 'refused'}")
    assert rows(site) == before + 20 * stored


QUOTA = """
from config.settings import *
UPLOAD_QUOTA_MB = 5
"""
TEN_AT_ONCE = """if True:
    import django; django.setup()
    from concurrent.futures import ThreadPoolExecutor
    from django.contrib.auth import get_user_model
    from django.core.files.base import ContentFile
    from django.db import connection
    from library.models import Document
    from uploads.formats.accept import Refused
    owner = get_user_model().objects.create_user("full")

    def upload(number):
        try:
            content = ContentFile(bytes(1_100_000).replace(b"\\0", b"x"), name="a.txt")
            Document.objects.create(owner=owner, file=content)
        except Refused as error:
            return error.messages[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        said = list(pool.map(upload, range(10)))
    assert said.count(None) == Document.objects.filter(owner=owner).count() == 4, said
    assert {line for line in said if line} == {
        "Your files would have 5.3 MB together; 5 MB is the most. Delete some first."
    }, said
    owner.delete()
    print("held")
"""


@pytest.mark.parametrize("kind", ["disk", "postgresql"])
def test_quota_is_exact_under_ten_uploads_at_once(kind, get_site):
    site = get_site(kind)
    (site.app.code / "quota_settings.py").write_text(QUOTA)
    env = {"DJANGO_SETTINGS_MODULE": "quota_settings"}
    assert site.app.python("-c", TEN_AT_ONCE, env=env).splitlines()[-1] == "held"
    assert site.level()["missing"] == []
