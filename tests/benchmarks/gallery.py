"""A gallery page of 60 pictures: what it asks of the database and of the storage.

Counted on the project's own page, logged in, with pages before and behind it; then on the same rows
with easy-thumbnails, once its thumbnails are made.
"""

import io

from . import pictures, tools
from .tools import Row

PER_PAGE = 60
QUERIES = 3  # session, user, list
PEER = """{% load thumbnail %}{% for item in items %}{% thumbnail item.upload 400x400 as small %}
<img src="{{ small.url }}" width="{{ small.width }}" height="{{ small.height }}">{% endfor %}"""


def count(page):
    """(SQL queries, storage calls) of a call of `page`, whose HTML has to show 60 pictures."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from .storages import CALLS

    CALLS.clear()
    with CaptureQueriesContext(connection) as queries:
        html = page()
    assert html.count("<img") == PER_PAGE, f"{html.count('<img')} pictures on the page"
    return len(queries), CALLS.total()


def rows():
    tools.open_project("easy_thumbnails")
    from django.conf import settings
    from django.core.files.base import ContentFile
    from django.template import engines
    from django.test import override_settings
    from django.urls import reverse

    model, person = tools.sample(public=True), tools.user()
    client, field = tools.logged_in(person), model.upload_field().name
    jpeg = io.BytesIO()
    pictures.photo((1200, 900)).save(jpeg, "JPEG")

    for storage in ("Disk", "Bucket"):
        backend = {"default": {"BACKEND": f"tests.benchmarks.storages.{storage}"}}
        with override_settings(STORAGES=settings.STORAGES | backend):
            items = [
                model.objects.create(owner=person, **{field: ContentFile(jpeg.getvalue(), "a.jpg")})
                for _ in range(3 * PER_PAGE)
            ]
            # Newest first: the page behind the first 60.
            shown = model.objects.filter(pk__lt=items[2 * PER_PAGE].pk)[:PER_PAGE]
            address = f"{reverse(f'{model._meta.model_name}-list')}?before={items[2 * PER_PAGE].pk}"
            template = engines["django"].from_string(PEER)

            def ours(address=address):
                return client.get(address).content.decode()

            def peer(shown=shown, template=template):
                return template.render({"items": shown.all()})

            peer()
            place = storage.lower()
            (cold, cold_calls), (warm, warm_calls) = count(ours), count(ours)
            yield Row(f"page of 60, files on {place}: SQL queries", max(cold, warm), QUERIES, "")
            yield Row("storage calls", max(cold_calls, warm_calls), 0, "")
            queries, calls = count(peer)
            yield Row("the same rows by easy-thumbnails: SQL queries", queries, unit="")
            yield Row("storage calls", calls, unit="")
            model.objects.all().delete()


if __name__ == "__main__":
    tools.report(rows())
