"""Files follow their rows.

The rule: a file is deleted only after every database has said, outside of any transaction, that no
row names it. What can't be asked stays for `manage.py orphans`: a lost file can't be mended, an
orphan costs a few kilobytes. Nothing is deleted because something did not happen.

    a file is    when                                          and then
    stored       its field has put it into the storage         noted, as soon as a row is to name it
    named        the transaction says that it has committed    forgotten
    taken out    a save or a deletion takes its name away      noted
    noted        until the next safe point                     asked about
    unnamed      no row names it, nor can one meanwhile        deleted, and its renditions after it

A safe point is where the thread has no transaction open: after a commit, after a save (one that
failed, too), at the end of a request. Left for `orphans` are files of a process that ended, or of a
database or storage that did not answer; those that an open transaction is about to name; those that
update(), bulk_update() and SQL took from rows, or two saves of one row at the same time.
"""

import functools
import logging
import os
import threading
import time

from django.core.exceptions import ValidationError
from django.core.signals import request_finished
from django.db import close_old_connections, connections, router, transaction
from django.db.models import signals
from django.dispatch import receiver

from . import names, references
from .references import file_fields  # noqa: F401  for all that works on the files of rows

logger = logging.getLogger(__name__)

# In a storage, it says that a backup is being made: see `manage.py keep_deleted`.
KEEP = ".keep-deleted"
PATIENCE = 2  # seconds that a visitor waits for deletions that fail
BATCH = 2000  # names that are asked about, and whose files are deleted, under one lock


class Notes(threading.local):
    process, files = None, None


_notes = Notes()


def notes():
    """The files that this thread is to ask about: {(field, name): undo for an upload, or None}.

    A forked process starts anew: what its parent has noted is its parent's.
    """
    if _notes.process != os.getpid():
        _notes.process, _notes.files = os.getpid(), {}
    return _notes.files


def note(field, name, undo=None):
    made_here = bool(names.STORED.fullmatch(name or ""))
    if made_here or (name and not references.has_varying_default(field)):
        if not field.keep and not in_test():
            notes()[field, name] = undo


def in_test():
    """Whether a TestCase holds the transaction: its rows come back, and need their files then."""
    return any(
        block._from_testcase
        for connection in connections.all(initialized_only=True)
        for block in connection.atomic_blocks
    )


def in_transaction():
    return any(
        connection.in_atomic_block or (connection.connection and not connection.autocommit)
        for connection in connections.all(initialized_only=True)
    )


def settle():
    """At a safe point: ask about all that is noted, and delete what nothing names."""
    if not notes() or in_transaction():
        return
    noted, _notes.files = notes(), {}
    by_storage = {}
    for (field, name), undo in noted.items():  # each picture before its renditions
        undos = by_storage.setdefault(field.storage, {})
        undos |= {name: undo} | dict.fromkeys(names.renditions(name).values())
    for storage, undos in by_storage.items():
        try:
            for name in delete_unnamed(storage, undos):
                if undo := undos.get(name):
                    undo()
        except Exception:  # each database and storage has its own family of errors
            stay = ", ".join(undos)
            logger.exception("%s could not be deleted; `manage.py orphans --delete` will.", stay)


@receiver(request_finished)
def end_of_request(**kwargs):
    if notes():
        settle()
        close_old_connections()  # as Django did before this


def delete_unnamed(storage, candidates):
    """Delete those of the files that nothing names, in their order. Gives the deleted names.

    The one place that deletes what a row may have named. Raises what the databases raise.
    """
    candidates = list(candidates)
    for start in range(0, len(candidates), BATCH):
        if backup_goes_on(storage):
            return
        fields = references.fields_by_database()
        with references.held(candidates[start : start + BATCH], fields) as free:
            yield from delete(storage, references.unnamed(storage, free, fields))


def backup_goes_on(storage):
    try:
        storage.open(KEEP).close()
    except FileNotFoundError:
        return False
    return True


def delete(storage, stored):
    """Delete files, whoever names them. Gives the names; what can't be deleted is logged."""
    patience = PATIENCE
    for name in stored:
        start = time.monotonic()
        try:
            storage.delete(name)
        except FileNotFoundError:
            pass
        except Exception:  # each storage has its own family of errors
            logger.exception("%s could not be deleted; `manage.py orphans --delete` will.", name)
            patience -= time.monotonic() - start
            if patience < 0:
                return
            continue
        yield name


def watch(sender, **kwargs):
    """Keep the files of the model `sender` level with its rows, if it has fields of ours."""
    if not own_fields(sender):
        return
    signals.pre_delete.connect(before_delete, sender=sender)
    if not hasattr(sender.save_base, "keeps_files"):
        sender.save_base = save_with_files(sender.save_base)


def own_fields(model):
    return [field for field in model._meta.concrete_fields if hasattr(field, "check_content")]


def save_with_files(save_base):
    """Model.save_base in a transaction: a file that a row is to name is held until the commit."""

    @functools.wraps(save_base)
    def wrapper(self, *args, using=None, force_insert=False, update_fields=None, **kwargs):
        using = using or router.db_for_write(type(self), instance=self)
        fields = [field for field in own_fields(self) if is_saved(field, self, update_fields)]
        if self._state.db != using:  # a row of another database
            mark_set(self, fields)
        changed = [field for field in fields if is_set(self, field)]
        kwargs |= {"using": using, "force_insert": force_insert, "update_fields": update_fields}
        try:
            with transaction.atomic(using=using, savepoint=False):
                if changed and self.pk is not None and not force_insert:
                    take_out(in_row(self, using, changed), using)
                save_base(self, *args, **kwargs)
        finally:
            settle()
        mark_set(self, fields, False)  # only now: a save that failed can be tried again

    wrapper.keeps_files = True
    return wrapper


def is_saved(field, instance, update_fields):
    if update_fields is not None:
        return not {field.name, field.attname}.isdisjoint(update_fields)
    return field.attname not in instance.get_deferred_fields()


def is_set(instance, field):
    """Whether the file was set since the row was loaded; a save leaves the others in the row."""
    if instance._state.adding or field.attname in instance.__dict__.get("_files_set", ()):
        return True
    return not getattr(instance, field.attname)._committed


def mark_set(instance, fields, value=True):
    marked = instance.__dict__.get("_files_set", frozenset())
    attnames = {field.attname for field in fields}
    instance.__dict__["_files_set"] = marked | attnames if value else marked - attnames


def in_row(instance, using, fields):
    """{field: the name in the row now}; what the instance holds may be stale, or not loaded."""
    rows = type(instance)._base_manager.using(using).filter(pk=instance.pk).select_for_update()
    rows = rows.values_list(*(field.attname for field in fields))
    return {field: name for row in rows for field, name in zip(fields, row, strict=True)}


def take_out(files, using):
    """A row is about to lose these {field: name}."""
    for field, name in files.items():
        note(field, name)
    transaction.on_commit(settle, using=using, robust=True)


def before_delete(sender, instance, using, origin=None, **kwargs):
    fields = own_fields(instance)
    if instance is origin or instance.get_deferred_fields():
        take_out(in_row(instance, using, fields), using)
    else:  # Django has just loaded it, with all that goes with the origin
        files = {field: field.value_from_object(instance).name for field in fields}
        take_out(files, using)


def before_write(field, value, connection):
    """A row is about to name a stored file: note a new one, refuse an old one that is gone."""
    name = getattr(value, "name", value)
    upload = getattr(value, "uploads", {}).get(name)
    if not isinstance(name, names.StoredName):
        return  # code has typed it; as in Django, the file may come later
    if connection.vendor == "postgresql" or not upload:
        references.hold(connection, name, field.model)
    if upload:
        note(field, name, upload)
        if connection.in_atomic_block:
            forget = forgetting(field, name, value.uploads)
            transaction.on_commit(forget, using=connection.alias, robust=True)
    elif not field.storage.exists(name):
        raise ValidationError(
            f"The file {name} is gone: it was deleted with the row that named it. "
            "Choose another one, or none.",
            code="gone",
        )


def forgetting(field, name, uploads):
    """What to call when the row of an upload is committed."""

    def forget():  # Django 5.2 logs one that fails by its name, which a partial hasn't
        upload = uploads.pop(name, None)
        if upload and notes().get((field, name)) is upload:
            del notes()[field, name]

    return forget
