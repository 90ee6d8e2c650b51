"""Which rows name a file, asked of every database; and locks on names while somebody asks.

Two names may mean one file: storages can lie in one another, and a rendition belongs to its
picture.
"""

import os
import posixpath
import zlib
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath

from django.apps import apps
from django.core.files.storage import FileSystemStorage, storages
from django.db import DatabaseError, connections, models, transaction

from . import names

# PostgreSQL's advisory locks have two numbers: the word "file", and one of KEYS for the name. Its
# table of locks is small, so names share numbers; at worst a file then stays for `orphans`.
FILE = 0x66696C65
KEYS = 1024

_answered = set()  # (database, table) of tables that are there


def file_fields(storage=None):
    """Every FileField of the project, Django's own too; only those on `storage`, if given."""
    return [
        field
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, models.FileField) and (storage is None or field.storage == storage)
    ]


def primary(alias):
    """The database that `alias` is a replica of, as TEST MIRROR has it; itself, if it is none."""
    return alias and (connections[alias].settings_dict["TEST"].get("MIRROR") or alias)


def fields_by_database():
    """{alias: file fields whose table is there}, but for replicas, which lag.

    Raises DatabaseError where a database can't be asked, or a model has no table in any.
    """
    wanted = file_fields()
    found = {
        alias: [field for field in wanted if has_table(alias, field.model)]
        for alias in connections
        if primary(alias) == alias
    }
    for field in wanted:
        if not any(field in fields for fields in found.values()):
            raise DatabaseError(
                f"{field.model._meta.label} has no table in any database, so nobody can be asked "
                "about its files. Type manage.py migrate."
            )
    return {alias: fields for alias, fields in found.items() if fields}


def has_table(alias, model):
    table = model._meta.db_table
    if (alias, table) not in _answered:
        try:
            rows(model, alias).exists()
        except DatabaseError:
            with connections[alias].cursor() as cursor:
                tables = connections[alias].introspection.table_names(cursor, include_views=True)
            if table in tables:
                raise
            return False
        _answered.add((alias, table))
    return True


def rows(model, alias):
    """All of them: a manager may leave some out."""
    return models.QuerySet(model, using=alias)


def has_rows(storage, fields):
    """Whether a model that keeps files there has a row; `fields` are fields_by_database()."""
    return any(
        rows(field.model, alias).exists()
        for alias, its_fields in fields.items()
        for field in its_fields
        if field.storage == storage or seen_from(field.storage, storage, ["x"])
    )


def address(storage, folder=""):
    """Where a folder really lies, the same for every storage; None where only the storage knows."""
    if isinstance(storage, FileSystemStorage):
        return Path(os.path.realpath(os.path.join(storage.location, folder))).as_posix()
    if hasattr(storage, "bucket_name"):
        location = storage.location.strip("/")
        return posixpath.join("s3:/", storage.bucket_name, location, folder).rstrip("/")
    return None


def seen_from(other, storage, wanted):
    """{what the storage `other` calls it: name} of the files of `storage` that it reaches."""
    if other == storage:
        return {name: name for name in wanted}
    root, found, folders = address(other), {}, {}
    if root is None or address(storage) is None:
        return {}
    for name in wanted:
        folder, file = posixpath.split(name)
        if folder not in folders:
            folders[folder] = address(storage, folder)
        place = f"{folders[folder]}/{file}"
        if place.startswith(f"{root}/"):
            found[place.removeprefix(f"{root}/")] = name
    return found


def unnamed(storage, candidates, fields):
    """Those of the files that nothing names, by itself or as the picture of a rendition.

    What counts are rows, in every database of `fields` (fields_by_database()), defaults of fields,
    and the folders of fields with `keep`.
    """
    spared = kept(storage, candidates) | defaults(storage, candidates)
    left = [name for name in candidates if name not in spared]
    for alias, its_fields in fields.items():
        for field in its_fields:
            keeps = {}  # {what a row may name: the files that it keeps, each with its picture}
            for name in left:
                for wanted in {name, *names.pictures(name)}:
                    keeps.setdefault(wanted, set()).add((name, wanted))
            for seen, wanted in seen_from(field.storage, storage, list(keeps)).items():
                keeps.setdefault(seen, set()).update(keeps[wanted])
            found = rows(field.model, alias).filter(**{f"{field.attname}__in": list(keeps)})
            for named in found.order_by().values_list(field.attname, flat=True).distinct():
                for name, picture in keeps.get(named, ()):  # none where case makes no difference
                    if name == picture or name in renditions_of(field, picture):
                        spared.add(name)
            left = [name for name in left if name not in spared]
    return left


def renditions_of(field, name):
    """The names of the renditions that a file of this field has."""
    return field.renditions_of(name) if hasattr(field, "renditions_of") else ()


def kept(storage, candidates):
    """Those that lie in the folder of a field with `keep`; its `private` may have been changed."""
    found = set()
    for field in file_fields():
        if getattr(field, "keep", False):
            seen = seen_from(field.storage, storage, candidates)
            if field.given_storage is None:
                seen = {name: name for name in candidates} | seen
            found |= {name for own, name in seen.items() if own.startswith(field.own_folder())}
    return found


def defaults(storage, candidates):
    """Those that rows to come may name without being told to."""
    found = set()
    for field in file_fields():
        for default in {field.default, field.db_default} - {models.NOT_PROVIDED}:
            value = default() if callable(default) else getattr(default, "value", default)
            seen = seen_from(field.storage, storage, candidates)
            found |= {name for own, name in seen.items() if value in (own, name)}
    return found


def has_varying_default(field):
    """Whether nobody knows all the files that its default will give: any not made here may be."""
    given = {field.default, field.db_default} - {models.NOT_PROVIDED}
    return any(callable(value) or hasattr(value, "resolve_expression") for value in given)


def possible_defaults(storage, candidates):
    """Those that a varying default of any field may give."""
    found = set()
    for field in filter(has_varying_default, file_fields()):
        seen = seen_from(field.storage, storage, candidates)
        found |= {name for name in seen.values() if not names.PATTERN.fullmatch(name)}
    return found


def folders_of_others(storage):
    """The folders, such as ("exports/",), of storages inside this one: theirs to look after."""
    others = [*storages.backends, *(field.storage for field in file_fields())]
    others = [storages[other] if isinstance(other, str) else other for other in others]
    root = address(storage)
    places = {address(other) for other in others} - {None, root}
    return tuple(f"{p.removeprefix(f'{root}/')}/" for p in places if p.startswith(f"{root}/"))


def link_targets():
    """What links in the folders of file fields lead to: it has another name there."""
    fields = [f for f in file_fields() if isinstance(f.storage, FileSystemStorage)]
    targets = set()
    for root in {address(field.storage) for field in fields}:
        for folder, folders, files in os.walk(root):
            links = (Path(folder, entry) for entry in (*folders, *files))
            targets |= {link.resolve().as_posix() for link in links if link.is_symlink()}
    return targets


def is_below(storage, name, targets):
    """Whether a file is one of `targets` (see link_targets), or in a folder that is."""
    if not targets:
        return False
    folder, file = posixpath.split(name)
    place = PurePosixPath(address(storage, folder) or "", file)
    return not targets.isdisjoint(map(str, (place, *place.parents)))


def lock_key(name):
    """The same for a picture and its renditions, whatever storage they are seen from."""
    return zlib.crc32(posixpath.basename(names.stem(name)).encode()) % KEYS


def hold(connection, name, model):
    """Before a row comes to name a file: until the transaction ends, nobody deletes it.

    Waits while somebody does. PostgreSQL locks the name; SQLite has one lock for all who write.
    """
    if not connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [FILE, lock_key(name)])
        elif connection.vendor == "sqlite" and connection.transaction_mode != "IMMEDIATE":
            write_nothing(cursor, connection, model)


@contextmanager
def held(wanted, fields):
    """Lock names in every database of `fields`; gives those that no transaction is about to use.

    Nobody waits for a name here: whoever has one keeps its file. Other databases than PostgreSQL
    and SQLite lock nothing.
    """
    free, locked = list(wanted), []
    with ExitStack() as stack:
        for alias, its_fields in fields.items():
            connection = connections[alias]
            place = [connection.settings_dict[key] for key in ("ENGINE", "HOST", "PORT", "NAME")]
            if place in locked:  # two aliases of one database
                continue
            locked.append(place)
            outermost = not connection.in_atomic_block
            stack.enter_context(transaction.atomic(using=alias))
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    if outermost:  # each question sees what was committed until then
                        cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
                    cursor.execute(
                        "SELECT key FROM unnest(%s::int[]) AS key"
                        " WHERE pg_try_advisory_xact_lock(%s, key)",
                        [sorted({lock_key(name) for name in free}), FILE],
                    )
                    keys = {key for (key,) in cursor}
                    free = [name for name in free if lock_key(name) in keys]
                elif connection.vendor == "sqlite":
                    write_nothing(cursor, connection, its_fields[0].model)
        yield free


def write_nothing(cursor, connection, model):
    """Take SQLite's lock: an empty deletion is a write, too."""
    table = connection.ops.quote_name(model._meta.db_table)
    cursor.execute(f"DELETE FROM {table} WHERE 0")  # noqa: S608  the name is the model's
