from concurrent import futures

from django.core.files.storage import storages
from django.db import connection
from django.db.transaction import non_atomic_requests
from django.http import JsonResponse

PATIENCE = 3  # seconds, for both storages together: deploy/healthcheck.py waits for 5
# A thread for each: one that hangs holds up neither the other nor the request, and however often
# somebody asks, there are never more. The database is asked by the request, on its own connection.
THREADS = {alias: futures.ThreadPoolExecutor(1) for alias in ("default", "private")}


def ask_storage(alias):
    storage = storages[alias]
    if hasattr(storage, "bucket_name"):  # to exists(), a bucket that was deleted is an empty one
        storage.connection.meta.client.head_bucket(Bucket=storage.bucket_name)
    else:
        storage.exists("health")


def ask_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@non_atomic_requests
def health(request):
    """200 when the database and both media storages answer, else 503 and which one does not."""
    asked = {alias: thread.submit(ask_storage, alias) for alias, thread in THREADS.items()}
    answers = {"database": answer_of(ask_database)}
    futures.wait(asked.values(), PATIENCE)
    for name, alias in (("media", "default"), ("private", "private")):
        # Without waiting any longer; one that has not begun is not to begin later.
        answers[name] = answer_of(lambda future=asked[alias]: future.result(timeout=0))
        asked[alias].cancel()
    well = set(answers.values()) == {"ok"}
    return JsonResponse(answers, status=200 if well else 503)


def answer_of(ask):
    try:
        ask()
    except Exception as error:  # each driver has its own family of errors
        return type(error).__name__
    return "ok"
