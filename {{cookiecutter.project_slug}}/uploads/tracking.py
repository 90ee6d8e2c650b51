"""Notes which files a save or a deletion puts into a row and takes out of it; see cleanup.py.

Connected by itself to every model that has a field of `fields`.
"""

import functools
import weakref

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import signals
from django.utils.translation import gettext as _

from . import names, references
from .cleanup import forget, hurry, note, notes, settle


def watch(sender, **kwargs):
    """Follow the files of the model `sender`, if it has fields of ours."""
    if not own_fields(sender) or sender._meta.apps is not apps:  # migrations have their own
        return
    signals.pre_delete.connect(before_delete, sender=sender)
    if not hasattr(sender._save_table, "keeps_files"):
        sender._save_table = save_with_files(sender._save_table)
        sender.refresh_from_db = refresh_with_files(sender.refresh_from_db)


def own_fields(model):
    return [field for field in model._meta.concrete_fields if hasattr(field, "accept")]


# Which files were set since the row was loaded: a save leaves the others as they are in the row,
# where another process may have replaced them.


def is_set(instance, field):
    loaded = instance.__dict__.get("_files_of")  # the pk of the row; a copy to another row has all
    if instance._state.adding or loaded not in (None, instance.pk):
        return True
    marked = instance.__dict__.get("_files_set", ())
    return field.attname in marked or not getattr(instance, field.attname)._committed


def mark_loaded(instance):
    """Its files are those of this row; while it is being made, its pk may be yet to come."""
    instance.__dict__["_files_of"] = instance.__dict__.get(instance._meta.pk.attname)


def mark_set(instance, fields, value=True):
    marked = instance.__dict__.get("_files_set", frozenset())
    attnames = {field.attname for field in fields}
    instance.__dict__["_files_set"] = marked | attnames if value else marked - attnames


def refresh_with_files(refresh_from_db):
    @functools.wraps(refresh_from_db)
    def wrapper(self, *args, **kwargs):
        fields = own_fields(self)
        before = [self.__dict__.get(field.attname) for field in fields]
        refresh_from_db(self, *args, **kwargs)
        after = [self.__dict__.get(field.attname) for field in fields]
        loaded = zip(fields, before, after, strict=True)
        mark_set(self, [field for field, old, new in loaded if new is not old], False)

    return wrapper


def save_with_files(save_table):
    """Model._save_table in a transaction: what a row is about to name is held until the commit.

    Not save_base: pre_save and post_save are sent outside of that transaction, as Django does it.
    """

    @functools.wraps(save_table)
    def wrapper(
        self,
        raw=False,
        cls=None,
        force_insert=False,
        force_update=False,
        using=None,
        update_fields=None,
    ):
        arguments = raw, cls, force_insert, force_update, using, update_fields
        fields = [field for field in own_fields(cls) if is_saved(field, self, cls, update_fields)]
        if not fields:
            return save_table(self, *arguments)
        if self._state.adding or references.primary(self._state.db) != using:
            mark_set(self, fields)  # a new row, or a copy of one of another database
        try:
            for field in fields:
                field.store_before(self)
            with transaction.atomic(using=using, savepoint=False):
                if may_be_update(self, cls._meta, raw, force_insert):
                    take_over(self, cls, using, fields)
                saved = save_table(self, *arguments)
                when_committed(self, fields, using)
        except BaseException:
            hurry((field, getattr(self, field.attname).name) for field in fields)
            raise
        finally:
            self.__dict__.pop("_files_in_row", None)
            settle()
        return saved

    wrapper.keeps_files = True
    return wrapper


def is_saved(field, instance, cls, update_fields):
    if field not in cls._meta.local_concrete_fields:  # the table of a parent has it
        return False
    if update_fields is not None:
        return not {field.name, field.attname}.isdisjoint(update_fields)
    return field.attname not in instance.get_deferred_fields()


def may_be_update(instance, meta, raw, force_insert):
    """Whether Django tries an UPDATE first: with a pk, unless that of a new row is a default."""
    pk, has_default = meta.pk, meta.pk.has_default() or meta.pk.has_db_default()
    new = force_insert or (has_default and instance._state.adding and not raw)
    return not new and getattr(instance, pk.attname) is not None


def take_over(instance, cls, using, fields):
    """Lock the row; note which files it loses, and take from it those that were not set."""
    in_row = names_in_row(instance, cls, using, fields)
    instance.__dict__["_files_in_row"] = set(in_row.values())
    for field, name in in_row.items():
        file = getattr(instance, field.attname)
        same = file._committed and (file.name or "") == (name or "")
        if not same and is_set(instance, field):
            note(field, name)
        elif not same:
            instance.__dict__[field.attname] = name
    if in_row:
        transaction.on_commit(settle, using=using, robust=True)


def names_in_row(instance, cls, using, fields):
    """{field: the name in the row now}; what the instance holds may be stale, or not loaded."""
    rows = models.QuerySet(cls, using=using).filter(pk=instance._get_pk_val(cls._meta))
    rows = rows.select_for_update().values_list(*(field.attname for field in fields))
    return {field: name for row in rows for field, name in zip(fields, row, strict=True)}


def when_committed(instance, fields, using):
    """What was set counts as loaded then. After a rollback, it can be saved once more."""
    saved = {field: getattr(instance, field.attname).name for field in fields}
    reference = weakref.ref(instance)

    def committed():
        if instance := reference():
            same = [f for f, n in saved.items() if instance.__dict__.get(f.attname) == n]
            mark_set(instance, same, False)
            mark_loaded(instance)

    transaction.on_commit(committed, using=using, robust=True)


def before_delete(sender, instance, using, origin=None, **kwargs):
    fields = own_fields(sender)
    deferred = {field.attname for field in fields} & instance.get_deferred_fields()
    if instance is origin or deferred:
        taken = names_in_row(instance, sender, using, fields)
    else:  # Django has just loaded it, with all that goes with the origin
        taken = {field: field.value_from_object(instance).name for field in fields}
    for field, name in taken.items():
        note(field, name)
    transaction.on_commit(settle, using=using, robust=True)


def before_write(field, value, connection):
    """A row is about to name a file: hold it until the commit; refuse one that is gone.

    A name that code has typed, or a default, may be of a file that comes later, as in Django.
    """
    name, instance = getattr(value, "name", value), getattr(value, "instance", None)
    state = {} if instance is None else instance.__dict__
    if not name or not isinstance(name, str) or name in state.get("_files_in_row", ()):
        return
    new = state.get("_files_new", {}).pop(field.attname, None) == name
    if not new or connection.vendor == "postgresql":  # where commits are seen by others late
        references.hold(connection, name, field.model)
    known = not new and isinstance(name, names.StoredName)
    if known and not (field.storage.exists(name) or references.defaults(field.storage, [name])):
        raise ValidationError(
            _(
                "The file %(name)s is gone: it was deleted with the row that named it. "
                "Choose another one, or none."
            ),
            params={"name": name},
            code="gone",
        )
    if (field, name) in notes().uploads:
        note_upload(field, name, connection)


def mark_new(instance, field, name):
    """The file has just been stored for the row: nobody can have deleted it yet."""
    instance.__dict__.setdefault("_files_new", {})[field.attname] = name


def note_upload(field, name, connection=None):
    """Ask about a new file, unless the transaction says that its row is committed."""
    note(field, name, upload=True)
    if connection and connection.in_atomic_block:

        def committed():  # Django 5.2 logs one that fails by its name, which a partial hasn't
            forget(field, name)

        transaction.on_commit(committed, using=connection.alias, robust=True)
