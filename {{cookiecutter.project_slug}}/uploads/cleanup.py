"""Files follow their rows: nothing is deleted before the commit, nothing is left after a rollback.

Connected by itself to every model that has a field of `fields`.
"""

import functools
import logging

from django.apps import apps
from django.db import models, router, transaction
from django.db.models import signals

from . import names

logger = logging.getLogger(__name__)

# In a storage, it says that a backup is being made: see `manage.py keep_deleted`.
KEEP = ".keep-deleted"


class Written:
    """Files that were written in a transaction: kept if it commits, deleted if it rolls back.

    Django has no hook for a rollback, but it drops the callbacks of `on_commit` then. One that is
    dropped without having been called takes its files along.
    """

    def __init__(self, storage, written, undo):
        self.storage, self.written, self.undo = storage, written, undo

    def __call__(self):
        self.written = []

    def __del__(self):
        if self.written:
            self.undo()
            delete(self.storage, self.written)


def delete(storage, stored):
    """Delete files; what a storage that is down keeps is logged, and `orphans` finds it."""
    stored = list(stored)
    for done, name in enumerate(stored):
        try:
            storage.delete(name)
        except Exception:  # each storage has its own family of errors
            # A visitor waits, and the next file may take as long to fail.
            kept = ", ".join(stored[done:])
            logger.exception("%s could not be deleted; `manage.py orphans --delete` will.", kept)
            return


def file_fields(storage=None):
    """Every FileField of the project, Django's own too; only those on `storage`, if given."""
    return [
        field
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, models.FileField) and (storage is None or field.storage == storage)
    ]


def defaults():
    """The names in `default=` of the fields: rows to come will name those files."""
    return {field.default for field in file_fields() if isinstance(field.default, str)}


def rows(field):
    """The rows of the field's model, from the database that is written to: a replica lags."""
    return field.model._base_manager.using(router.db_for_write(field.model))


def is_named(name):
    """Whether a row of any model names this file, in whatever storage: two may share a folder."""
    return any(rows(field).filter(**{field.attname: name}).exists() for field in file_fields())


def after_commit(old, using):
    """After the commit, delete the files of `old`, (field, name) pairs, that no row names then."""

    def delete_old():  # Django 5.2 logs one that fails by its name, which a partial hasn't
        delete_unnamed(old)

    transaction.on_commit(delete_old, using=using, robust=True)


def delete_unnamed(old):
    for field, name in old:
        kept = name in defaults() or is_named(name)
        if name and not kept and not field.storage.exists(KEEP):
            delete(field.storage, [*names.renditions(name).values(), name])


def watch(sender, **kwargs):
    """Keep the files of the model `sender` level with its rows, if it has fields of ours."""
    if not own_fields(sender):
        return
    signals.pre_delete.connect(before_delete, sender=sender)
    if not hasattr(sender.save_base, "keeps_files"):
        sender.save_base = save_with_files(sender.save_base)


def own_fields(model):
    return [field for field in model._meta.concrete_fields if hasattr(field, "check_content")]


def in_database(instance, using):
    """{field: the name in its row now}; what the instance holds may be stale, or not loaded."""
    fields = own_fields(instance)
    rows = type(instance)._base_manager.using(using).filter(pk=instance.pk)
    rows = rows.select_for_update().values_list(*(field.attname for field in fields))
    return {field: name for row in rows for field, name in zip(fields, row, strict=True)}


def before_delete(sender, instance, using, **kwargs):
    after_commit(in_database(instance, using).items(), using)


def save_with_files(save_base):
    """Model.save_base in one transaction with what it does to the files."""

    @functools.wraps(save_base)
    def wrapper(self, *args, using=None, update_fields=None, **kwargs):
        using = using or router.db_for_write(type(self), instance=self)
        fields = [field for field in own_fields(self) if is_saved(field, self, update_fields)]
        with transaction.atomic(using=using, savepoint=False):
            old = replaced(self, using, fields)
            save_base(self, *args, using=using, update_fields=update_fields, **kwargs)
            if old:
                after_commit(old, using)
        # Only now: what was set stays so for another try when this one fails.
        set_touched(self, touched(self) - {field.attname for field in fields})

    wrapper.keeps_files = True
    return wrapper


def is_saved(field, instance, update_fields):
    if update_fields is not None:
        return not {field.name, field.attname}.isdisjoint(update_fields)
    return field.attname not in instance.get_deferred_fields()


def touched(instance):
    """The names of the file fields that were set since the row was loaded or saved."""
    return instance.__dict__.get("_touched_files", frozenset())


def set_touched(instance, names):
    instance.__dict__["_touched_files"] = frozenset(names)


def replaced(instance, using, fields):
    """The files that a save of `fields` is about to take from the row, as (field, name) pairs.

    A file that was not touched since the row was loaded is taken from the row again: another
    process may have replaced it meanwhile, and deleted what this instance still names.
    """
    old = []
    in_row = in_database(instance, using) if instance.pk is not None else {}
    if not in_row and not instance._state.adding:  # deleted by another copy, and its files with it
        for field in own_fields(instance):
            file = getattr(instance, field.attname)
            if file and file._committed and not file.storage.exists(file.name):
                instance.__dict__[field.attname] = ""
    for field in fields if in_row else ():
        name, file = in_row[field], getattr(instance, field.attname)
        if instance._state.adding or field.attname in touched(instance):
            if not file._committed or (file.name or "") != name:
                old.append((field, name))
        elif (file.name or "") != name:
            instance.__dict__[field.attname] = name
    return old
