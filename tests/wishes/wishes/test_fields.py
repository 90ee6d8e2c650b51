"""Wishes that a few lines grant; each docstring begins with the wish as the README has it."""

import io
import posixpath
import zipfile

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.template.loader import render_to_string
from PIL import Image
from uploads.tests.examples import encoded, image, jpeg, pdf

from wishes import models

pytestmark = pytest.mark.django_db(transaction=True)


def read(file):
    """All of a stored file, which is closed again."""
    with file:
        return file.read()


def picture(content):
    return Image.open(io.BytesIO(content))


SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'


def test_smaller_limit(send):
    """Smaller limit."""
    megabytes = pdf() + bytes(5 * 1024**2)
    assert send(models.SmallerLimit, "manual", "a.pdf", megabytes) == [
        "This upload has 5.1 MB; 5 MB is the most."
    ]
    row = send(models.SmallerLimit, "manual", "a.pdf", megabytes[: 5 * 1024**2])
    assert row.manual.size == 5 * 1024**2


def test_heic_only(send, stored):
    """HEIC only."""
    (sentence,) = send(models.HeicOnly, "image", "a.jpg", jpeg())
    assert sentence == "“.jpg” files are not accepted here. Accepted are: heic."
    form_field = models.HeicOnly._meta.get_field("image").formfield()
    assert form_field.widget.attrs["accept"] == ".heic,image/heic"
    row = send(models.HeicOnly, "image", "a.heic", encoded(image(640, 480), "HEIF"))
    assert (row.image.extension, row.image.width) == ("jpg", 640)
    assert picture(read(row.image)).format == "JPEG"


def book(first="mimetype"):
    # As its standard has it: what it is comes first, and is not compressed.
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(first, "application/epub+zip")
    return out.getvalue()


def send_upload(client, name, content):
    """Through the site's own page. Returns the answer."""
    client.force_login(get_user_model().objects.get_or_create(username="reader")[0])
    file = ContentFile(content, name=name)
    return client.post("/uploads/new/", {"title": "Sent", "file": file}, follow=True)


def headers_of_upload(client, model):
    answer = client.get(model.objects.get().file.url)
    assert b"".join(answer.streaming_content)
    return answer.headers["Content-Type"], answer.headers["Content-Disposition"]


def test_epub(client, stored):
    """EPUB."""
    from library.models import Upload

    answer = send_upload(client, "a.epub", book("other"))
    assert "This file&#x27;s name ends in “.epub”, but it is something else inside." in (
        answer.content.decode()
    )
    assert not stored()
    assert "is uploaded" in send_upload(client, "a.epub", book()).content.decode()
    assert headers_of_upload(client, Upload) == (
        "application/epub+zip",
        'attachment; filename="Sent.epub"',
    )


def test_svg_to_download(client, send, stored):
    """SVG to download."""
    from library.models import Upload

    answer = send_upload(client, "a.svg", b"<html>")
    assert "something else inside" in answer.content.decode()
    assert not stored()
    send_upload(client, "a.svg", SVG)
    assert headers_of_upload(client, Upload) == (
        "image/svg+xml",
        'attachment; filename="Sent.svg"',
    )
    assert Upload.objects.get().file.kind == "other"
    too_large = SVG + b" " * 1024**2
    assert send(models.PublicFile, "catalogue", "a.svg", too_large)[0].endswith("1 MB is the most.")


def test_private_picture(client, user, other, staff, send):
    """Private picture."""
    row = send(models.PrivatePicture, "image", "a.jpg", jpeg(1000, 800), owner=user.pk)
    assert row.image.url.startswith("/private/scans/")
    addresses = [row.image.url, *row.image.renditions.values()]
    assert len(addresses) == 3
    for address in addresses:
        client.logout()
        assert client.get(address).status_code == 302
        for visitor, status in ((user, 200), (other, 404), (staff, 404)):
            client.force_login(visitor)
            answer = client.get(address)
            assert answer.status_code == status
            answer.close()


def test_public_file(send, settings, media):
    """Public file."""
    row = send(models.PublicFile, "catalogue", "a.pdf", pdf())
    assert row.catalogue.url == settings.MEDIA_URL + row.catalogue.name
    assert (media / row.catalogue.name).read_bytes() == pdf()


def test_other_widths(send, media):
    """Other widths."""
    row = send(models.OtherWidths, "image", "a.jpg", jpeg(1000, 800))
    assert [*row.image.renditions] == [200, 400]
    folder = media / posixpath.dirname(row.image.name)
    assert {picture(path.read_bytes()).width for path in folder.iterdir()} == {200, 400, 1000}


COMMAND = """
# README: Square avatars, 2
"""


def test_square_avatars(user, media):
    """Square avatars."""
    field = user._meta.get_field("profile_picture")
    field.ratios, ratios = None, field.ratios  # a picture from before
    user.profile_picture = ContentFile(jpeg(1000, 800), name="a.jpg")
    user.save()
    field.ratios = ratios
    manage, *command = COMMAND.split()
    assert manage == "manage.py"
    call_command(*command, stdout=io.StringIO())
    html = render_to_string("avatar.html", {"user": user})
    assert 'width="800" height="800"' in html
    assert 'sizes="5rem"' in html
    smallest = html.partition('srcset="')[2].partition(" ")[0]
    name = smallest.removeprefix("/media/")
    assert picture((media / name).read_bytes()).size == (400, 400)


def test_alt_text(send):
    """Alt text."""
    row = send(models.AltText, "image", "a.jpg", jpeg(500, 300), alt='A "red" door')
    html = render_to_string("described.html", {"photo": row})
    assert 'alt="A &quot;red&quot; door"' in html
    assert row.image.url in html


def test_form_for_everybody(client, staff, other, stored):
    """Form for everybody."""
    page = client.get("/apply/").content.decode()
    assert 'enctype="multipart/form-data"' in page
    answer = client.post("/apply/", {"name": "Ann", "cv": ContentFile(jpeg(), name="a.jpg")})
    assert "“.jpg” files are not accepted here. Accepted are: pdf." in answer.content.decode()
    assert not stored()
    cv = ContentFile(pdf(), name="a.pdf")
    answer = client.post("/apply/", {"name": "Ann", "cv": cv}, follow=True)
    assert "Thank you: your application is here." in answer.content.decode()
    address = models.Application.objects.get().cv.url
    assert client.get(address).status_code == 302  # to the login
    for visitor, status in ((other, 404), (staff, 200)):
        client.force_login(visitor)
        answer = client.get(address)
        assert answer.status_code == status
        answer.close()


def test_originals(send, stored, tmp_path):
    """Originals."""
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (52.0, 30.0, 0.0)}
    sent = [jpeg(500, 300, exif=exif), jpeg(600, 300)]
    row = send(models.Negative, "image", "ünï/çode.jpg", sent[0])
    assert read(row.original) == sent[0]
    assert picture(sent[0]).getexif().get_ifd(0x8825)
    assert not picture(read(row.image)).getexif()
    first = row.original.name
    row = models.Negative.objects.get()
    row.save()
    assert row.original.name == first
    row.image = ContentFile(sent[1], name="b.jpg")
    row.save()
    assert read(models.Negative.objects.get().original) == sent[1]
    other = models.Negative.objects.create(image=ContentFile(sent[0], name="c.jpg"))
    row.delete()
    assert len([name for name in stored() if name.startswith("negatives/")]) == 3
    call_command("orphans", "--delete=2", "--older-than=-1", "--site-is-stopped")
    assert stored() & {first, row.original.name, other.original.name} == {other.original.name}


def test_original_has_no_address(client, staff, media):
    row = models.Negative.objects.create(image=ContentFile(jpeg(500, 300), name="a.jpg"))
    client.force_login(staff)
    assert client.get(row.original.url).status_code == 404
    assert not (media / "negatives").exists()
