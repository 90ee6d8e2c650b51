"""Page 10,000 of a folder with 600,000 rows against its first page, public and private."""

import time

from . import tools
from .tools import Row

PER_PAGE = 60
PAGES = 10_000
ROUNDS = 31
LIMIT = 1.5


def fill(model, owner):
    """600,000 rows with made-up names and no files, by SQLite itself: it takes seconds."""
    from django.db import connection
    from django.utils import timezone

    field = model.upload_field()
    folder = field.generate_filename(None, "x").rpartition("/")[0]
    ending = "-1200x900.jpg" if model.is_public() else ".pdf"
    name = f"{folder}/2026/11/00000000-0000-4000-8000-%012x{ending}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {model._meta.db_table} (title, owner_id, created, {field.column})
            WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < %s)
            SELECT 'Number ' || n, %s, %s, printf(%s, n) FROM number""",
            [PAGES * PER_PAGE, owner.pk, timezone.now(), name],
        )


def rows():
    tools.open_project()
    from django.core.paginator import Paginator
    from django.urls import reverse

    for public in (True, False):
        model, person = tools.sample(public), tools.user(f"visitor-{public}")
        fill(model, person)
        client, key = tools.logged_in(person), model._meta.model_name
        address = reverse(f"{key}-list")
        pks = list(model.objects.order_by("pk").values_list("pk", flat=True)[: PER_PAGE + 1])

        def page(query="", address=address, client=client):
            return client.get(address + query).content.decode()

        def last(page=page, before=pks[-1]):
            return page(f"?before={before}")

        def offset(model=model, person=person):
            return list(Paginator(model.readable_by(person), PER_PAGE).page(PAGES))

        for pk, html in ((pks[0], last()), (pks[-1] + (PAGES - 1) * PER_PAGE - 1, page())):
            assert f'href="{reverse(f"{key}-detail", args=[pk])}"' in html, f"{pk} is not shown"
        times = tools.by_turns(ROUNDS, time.process_time, first=page, last=last)
        folder = f"a {'public' if public else 'private'} folder of {PAGES * PER_PAGE:,} rows"
        what = f"page {PAGES:,} of {folder}: CPU time against page 1"
        yield Row(what, tools.ratio(times["last"], times["first"]), LIMIT)
        times = tools.by_turns(3, time.process_time, first=page, offset=offset)
        what = "its rows alone, by COUNT and OFFSET as Django's Paginator does"
        yield Row(what, tools.ratio(times["offset"], times["first"]))


if __name__ == "__main__":
    tools.report(rows())
