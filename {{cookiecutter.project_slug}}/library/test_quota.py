"""The files of one owner, in all samples together, are no more than UPLOAD_QUOTA_MB."""

import pytest
from django.db import connection

from library.tests import for_each, make, page, sent
from library.views import samples
from uploads.formats.accept import Refused
from uploads.sizes import MEGABYTE
from uploads.storage import DiskStorage

pytestmark = pytest.mark.usefixtures("as_generated")


def size(item):
    """Bytes of all its files, as the storage has them."""
    storage, upload = item.upload.storage, item.upload
    names = [upload.name, *upload.field.renditions_of(upload.name)]
    return sum(storage.size(name) for name in names)


@for_each(samples())
def test_bytes_are_those_of_all_files(model, user):
    item = make(model, user)
    assert item.bytes == size(item) > 0
    item.title = "Another"
    item.save()
    assert model.objects.get().bytes == size(item)


@for_each(samples())
def test_bytes_follow_a_save_of_the_file_alone(model, user, settings):
    item, field = make(model, user), model.upload_field()
    model.objects.update(bytes=0)
    model.objects.update_or_create(pk=item.pk, defaults={field.name: sent(model)})
    item.refresh_from_db()
    assert item.bytes == size(item) > 0
    settings.UPLOAD_QUOTA_MB = 0
    setattr(item, field.name, sent(model))
    item.save(update_fields=["title"])  # the new file is not stored, and does not count
    with pytest.raises(Refused):
        item.save(update_fields=[field.name])


@for_each(samples())
def test_what_is_too_much_is_said_at_the_form(model, visit, user, other, settings):
    first = make(model, user)
    make(model, other)  # counts for its own owner alone
    settings.UPLOAD_QUOTA_MB = (2 * first.bytes - 1) / MEGABYTE
    name = model.upload_field().name
    response = visit("owner").post(page(model, "new"), {name: sent(model)})
    assert response.status_code == 200
    (error,) = response.context["form"].errors[name]
    assert error.startswith("Your files would have ")
    assert model.objects.filter(owner=user).count() == 1
    with pytest.raises(Refused, match="is the most"):
        make(model, user)
    settings.UPLOAD_QUOTA_MB = (2 * first.bytes + 1) / MEGABYTE
    assert visit("owner").post(page(model, "new"), {name: sent(model)}).status_code == 302


@for_each(samples())
def test_a_replaced_file_counts_once(model, visit, user, settings):
    item = make(model, user)
    settings.UPLOAD_QUOTA_MB = (item.bytes + 1) / MEGABYTE
    data = {"title": "", model.upload_field().name: sent(model)}
    assert visit("owner").post(page(model, "edit", item.pk), data).status_code == 302
    settings.UPLOAD_QUOTA_MB = 0
    response = visit("owner").post(page(model, "edit", item.pk), data)
    assert response.context["form"].errors
    response = visit("owner").post(page(model, "edit", item.pk), {"title": "No new file"})
    assert response.status_code == 302


@pytest.mark.django_db(transaction=True)
@for_each(samples())
def test_files_are_stored_while_no_transaction_is_open(model, user, visit, settings, monkeypatch):
    item, store, open_then = make(model, user), DiskStorage._save, []
    settings.UPLOAD_QUOTA_MB = 1

    def save(self, name, content):
        open_then.append(connection.in_atomic_block)
        return store(self, name, content)

    monkeypatch.setattr(DiskStorage, "_save", save)
    for address in (page(model, "new"), page(model, "edit", item.pk)):
        file = {model.upload_field().name: sent(model)}
        assert visit("owner").post(address, {"title": "", **file}).status_code == 302
        assert open_then
        assert not any(open_then)
        open_then.clear()


def test_all_samples_count_together(user, settings):
    total = sum(make(model, user).bytes for model in samples())
    settings.UPLOAD_QUOTA_MB = (total + 10) / MEGABYTE
    for model in samples():
        with pytest.raises(Refused):
            make(model, user)
