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
failed, too), at the end of a request. tracking.py notes, references.py asks and locks.

Left for `orphans` are files of a process or thread that ended, or whose database did not answer;
those that an open transaction is about to name; those that update(), bulk_update(), SQL or the
database itself (DB_CASCADE) took from rows, or two saves of one row at the same time.

Between the answer and the deletion, for milliseconds on disk, names are locked: a save that wants
one waits, and is refused when its file is gone. The lock misses names that SQL or an expression
writes, those that an update() or bulk_create() outside of a transaction has looked for and not yet
written, and all on other databases than PostgreSQL and SQLite.
"""

import logging
import os
import threading
import time
import weakref

from django.apps import apps
from django.core.signals import request_finished
from django.db import connections
from django.dispatch import receiver

from . import names, references
from .references import file_fields  # noqa: F401  for all that works on the files of rows

logger = logging.getLogger(__name__)

# In a storage, it says that a backup is being made: see `manage.py keep_deleted`.
KEEP = ".keep-deleted"
UPLOADS = 20  # as many as come in one form
BATCH = 2000  # names that are asked about at once
MOMENT = 1  # seconds that names are locked at most, by deletions that go well
PATIENCE = 2  # seconds that a visitor waits for deletions that fail


class Notes(threading.local):
    """What a thread is to ask about, as {(field, name): whether a commit answers that}.

    `later` are writes outside of a transaction, which may be going on at a safe point, but not at
    the end of a request. `uploads` are the last few new files, {(field, name): (reference to the
    instance, (name, content) as they were sent)}, to be tried again after a rollback.
    """

    process = files = later = uploads = None


_notes = Notes()


def notes():
    """The notes of this thread. A forked process starts anew: its parent's are its parent's."""
    if _notes.process != os.getpid():
        _notes.process = os.getpid()
        _notes.files, _notes.later, _notes.uploads = {}, {}, {}
    return _notes


def note(field, name, upload=False):
    """Ask about a file at the next safe point, unless it is never to be deleted."""
    known = names.PATTERN.fullmatch(name or "") or not references.has_varying_default(field)
    if not name or not known or field.keep or field.model._meta.apps is not apps or in_test():
        return
    noted = notes().files if in_transaction() else notes().later
    noted[field, name] = upload


def hurry(files):
    """Ask at the next safe point, not at the end of the request: their save has failed."""
    for file in files:
        if file in notes().later:
            notes().files[file] = notes().later.pop(file)


def forget(field, name):
    """The row of an upload is committed."""
    notes().uploads.pop((field, name), None)
    for noted in (notes().files, notes().later):
        if noted.get((field, name)):
            del noted[field, name]


def remember_upload(field, name, instance, sent):
    """Keep (name, content) as they were sent, until a commit, for another try after a rollback."""
    uploads = notes().uploads
    uploads[field, name] = weakref.ref(instance), sent
    while len(uploads) > UPLOADS:
        del uploads[next(iter(uploads))]


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
    if not notes().files or in_transaction():
        return
    noted, notes().files = notes().files, {}
    by_storage = {}  # {storage: {name: (field, its upload or None)}}
    for field, name in noted:
        upload = notes().uploads.pop((field, name), None)
        by_storage.setdefault(field.storage, {})[name] = field, upload
    for storage, files in by_storage.items():
        wanted = {}  # each name once, pictures before their renditions
        for name, (field, _) in files.items():
            wanted |= dict.fromkeys([name, *references.renditions_of(field, name)])
        try:
            for name in delete_unnamed(storage, wanted):
                field, upload = files.get(name, (None, None))
                if upload:
                    field.undo(name, *upload)
        except Exception:  # each database has its own family of errors
            stay = ", ".join(files)
            logger.exception("Nobody could be asked about %s; `manage.py orphans` will.", stay)


@receiver(request_finished)
def end_of_request(**kwargs):
    noted = notes()
    if noted.files or noted.later:
        noted.files, noted.later = noted.files | noted.later, {}
        closed = [c for c in connections.all(initialized_only=True) if c.connection is None]
        settle()
        for connection in closed:  # by Django, at the end of this request
            connection.close_if_unusable_or_obsolete()


def delete_unnamed(storage, candidates):
    """Delete those of the files that nothing names, in their order. Gives the deleted names.

    The one place that deletes what a row may have named. Raises what the databases raise.
    """
    left = list(candidates)
    while left and not backup_goes_on(storage):
        fields = references.fields_by_database()
        batch, left = left[:BATCH], left[BATCH:]
        with references.held(batch, fields) as free:
            unnamed = references.unnamed(storage, free, fields)
            end = time.monotonic() + MOMENT
            for name in delete(storage, unnamed):
                yield name
                if time.monotonic() > end:  # others wait for the locks; ask again about the rest
                    left = unnamed[unnamed.index(name) + 1 :] + left
                    break


def backup_goes_on(storage):
    if not hasattr(storage, "walk"):  # of another maker: it may open what isn't there
        return storage.exists(KEEP)
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
