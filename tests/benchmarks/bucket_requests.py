"""What an upload asks of a bucket: one request for each file that is stored, and no other.

Counted where boto3 sends them, on uploads through the project's own pages.
"""

import io

from . import buckets, pictures, tools
from .tools import Row


def rows():
    with buckets.serve("rclone") as (server, env):
        buckets.open_project(env)
        from django.core.files.base import ContentFile
        from django.core.files.storage import storages
        from django.urls import reverse

        sent = []

        def count(request, **kwargs):
            sent.append(request.method)

        for name in ("default", "private"):  # the two share a connection, and count once
            events = storages[name].connection.meta.client.meta.events
            events.register("before-send.s3", count, unique_id="count")

        client, jpeg = tools.logged_in(tools.user()), io.BytesIO()
        pictures.photo((2400, 1800)).save(jpeg, "JPEG")
        uploads = [
            ("a picture", True, ContentFile(jpeg.getvalue(), "a.jpg"), env["MEDIA_BUCKET"]),
            ("a file", False, ContentFile(b"a,b\n1,2\n", "a.csv"), env["PRIVATE_MEDIA_BUCKET"]),
        ]
        for what, public, content, bucket in uploads:
            model = tools.sample(public)
            key, field = model._meta.model_name, model.upload_field().name
            sent.clear()
            answer = client.post(reverse(f"{key}-new"), {"title": what, field: content})
            requests, stored = len(sent), len(buckets.keys(server, bucket))
            assert answer.status_code == 302, f"{what} was not taken: {answer.status_code}"
            assert stored == (4 if public else 1), f"{stored} files of {what}"
            yield Row(f"upload of {what}, {stored} to store: S3 requests", requests, stored, "")
            sent.clear()
            client.get(reverse(f"{key}-list"))
            yield Row("the page that lists it: S3 requests", len(sent), 0, "")


if __name__ == "__main__":
    tools.report(rows())
