"""Any bytes under any name, to any kind of field. Run inside a generated project."""

import pytest
from django.core.exceptions import SuspiciousFileOperation, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.forms import modelform_factory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from uploads.formats import types
from uploads.tests import clips
from uploads.tests.examples import encoded, image, mp4, pdf
from uploads.tests.models import Album, Paper


def moving(kind):
    return encoded(image(30, 20), kind, save_all=True, append_images=[image(30, 20).rotate(90)])


SAMPLES = {
    "jpg": encoded(image(60, 40)),
    "jpeg": encoded(image(60, 40), progressive=True),
    "png": encoded(image(60, 40), "PNG"),
    "webp": encoded(image(60, 40), "WEBP"),
    "avif": encoded(image(24, 16), "AVIF"),
    "heic": encoded(image(64, 64), "HEIF"),
    "gif": moving("GIF"),
    "pdf": pdf(),
    "mp4": mp4(),
    "txt": b"some text\n" * 20,
    "zip": b"PK\x05\x06" + bytes(18),
    "mp3": clips.stored("mp3"),
}
EXTENSIONS = sorted(types.PICTURE_EXTENSIONS | set(types.FILES))

anything = st.binary(max_size=400)
samples = st.sampled_from(sorted(SAMPLES))


@st.composite
def damaged(draw, whole):
    """A file with a few bytes changed, cut out, repeated or put in."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 20)))
        data[start:end] = draw(st.one_of(st.binary(max_size=12), st.just(data[start:end] * 2)))
    return bytes(data)


@st.composite
def uploads(draw):
    """(bytes, name): right, damaged or nothing like a file of that kind."""
    kind = draw(samples)
    if draw(st.booleans()):
        behind = draw(st.sampled_from([b"", b"<script>"]))
        return SAMPLES[kind] + behind, draw(st.text("ab. é写🦊\u202e", max_size=9)) + f".{kind}"
    content = draw(st.one_of(st.just(SAMPLES[kind]), damaged(SAMPLES[kind]), anything))
    if draw(st.booleans()):
        content += draw(anything)
    stem = draw(st.one_of(st.text(max_size=60), st.just("x" * 300), st.just("写" * 100)))
    extension = draw(st.one_of(st.just(kind), st.sampled_from(EXTENSIONS), st.text(max_size=5)))
    return content, draw(st.sampled_from([f"{stem}.{extension}", stem, f"{stem}.{extension}\0"]))


def wrapped(how, content, name):
    """A file object as a script, a small upload and a large upload make it; None for no name."""
    if how == "script":
        return ContentFile(content, name=name)
    if how == "memory":
        return SimpleUploadedFile(name, content)
    file = TemporaryUploadedFile("x", "", len(content), None)
    try:
        file.name = name
    except SuspiciousFileOperation:
        file.close()
        raise
    file.write(content)
    file.seek(0)
    return file


def there():
    return {alias: {e.name for e in storages[alias].walk()} for alias in ("default", "private")}


def named():
    public = set()
    for cover, back in Album.objects.values_list("cover", "back"):
        for field, name in (("cover", cover), ("back", back)):
            public |= {name, *Album._meta.get_field(field).renditions_of(name)} if name else set()
    private = {*Paper.objects.values_list("file", flat=True)} - {""}
    field = Paper._meta.get_field("file")
    private |= {made for name in private for made in field.renditions_of(name)}
    return {"default": public, "private": private}


def through_form(model, field, file, number):
    text = {"name": str(number)} if model is Album else {"title": str(number)}
    form = modelform_factory(model, fields=[*text, field])(text, {field: file})
    if not form.is_valid():
        raise ValidationError(form.errors[field].as_data())
    form.save()


def through_create(model, field, file, number):
    text = {"name": str(number)} if model is Album else {"title": str(number)}
    model.objects.create(**text, **{field: file})


def through_full_clean(model, field, file, number):
    text = {"name": str(number)} if model is Album else {"title": str(number)}
    row = model(**text, **{field: file})
    row.full_clean(exclude={"album", "owner"})
    row.save()


def through_the_file(model, field, file, number):
    text = {"name": str(number)} if model is Album else {"title": str(number)}
    getattr(model(**text), field).save(file.name, file)


WAYS = [through_form, through_create, through_full_clean, through_the_file]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("model", "field"), [(Album, "cover"), (Paper, "file")])
def test_any_upload(way, model, field, transactional_db, small_renditions):
    quick = settings(
        max_examples=150,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    numbers = iter(range(10**6))
    outcomes = set()

    @quick
    @given(uploads(), st.sampled_from(["script", "memory", "temporary"]))
    def check(upload, how):
        content, name = upload
        try:
            file = wrapped(how, content, name)
        except SuspiciousFileOperation:  # Django's own refusal, before there is a file
            return
        try:
            way(model, field, file, next(numbers))
        except ValidationError:
            outcomes.add("refused")
            assert not model.objects.exists()
        else:
            outcomes.add("accepted")
            (row,) = model.objects.all()
            stored = getattr(row, field)
            assert stored or not name, "a file without a name is none, says Django; others are"
            if stored and stored.kind == "image":
                with stored.open() as picture, Image.open(picture) as decoded:
                    decoded.load()
                    if model is Album:
                        assert decoded.size == (stored.width, stored.height)
            elif stored and stored.duration is None:  # videos and sound are stored anew
                assert stored.read() == content
            if stored:
                stored.close()
        finally:
            file.close()
        assert there() == named()
        model.objects.all().delete()
        assert there() == {"default": set(), "private": set()}

    check()
    assert outcomes == {"accepted", "refused"}


@pytest.fixture
def small_renditions(settings):
    settings.IMAGE_WIDTHS = [20, 45]


def test_samples_are_accepted(transactional_db):
    """Or the test above would see refusals only."""
    for kind, content in SAMPLES.items():
        field = (Album, "cover") if kind in types.PICTURE_EXTENSIONS else (Paper, "file")
        through_create(*field, ContentFile(content, name=f"a.{kind}"), kind)
    assert Album.objects.count() + Paper.objects.count() == len(SAMPLES)
