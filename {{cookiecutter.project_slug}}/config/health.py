from django.core.files.storage import storages
from django.db import connection
from django.http import JsonResponse


def ask_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def health(request):
    """200 when the database and both media storages answer, else 503 and which one does not."""
    probes = {
        "database": ask_database,
        "media": lambda: storages["default"].exists("health"),
        "private": lambda: storages["private"].exists("health"),
    }
    answers = {}
    for name, probe in probes.items():
        try:
            probe()
            answers[name] = "ok"
        except Exception as error:  # each driver has its own family of errors
            answers[name] = type(error).__name__
    well = set(answers.values()) == {"ok"}
    return JsonResponse(answers, status=200 if well else 503)
