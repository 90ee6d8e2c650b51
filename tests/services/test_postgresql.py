"""PostgreSQL by DATABASE_URL alone."""

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

from conftest import ALL_BUT_FILMS, INSIDE
from services.test_every_path import put


def test_the_generated_suite(get_site, postgresql, project, venv):
    site = get_site("postgresql")
    env = {"DATABASE_URL": postgresql.database("suite"), "DEBUG": "true"}
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", *ALL_BUT_FILMS]
    command, options = site.app.as_popen(*command, env=env)
    for name in ("MEDIA_ROOT", "PRIVATE_MEDIA_ROOT", "CSRF_TRUSTED_ORIGINS", "ALLOWED_HOSTS"):
        del options["env"][name]
    done = subprocess.run(command, **options, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:]
    assert "skipped" not in done.stdout.splitlines()[-1]


def test_two_databases_and_open_transactions(postgresql, make_site):
    """What SQLite skips, with its one writer at a time, is seen here."""
    env = {"DATABASE_URL": postgresql.database("beside"), "DEBUG": "true"}
    app = make_site("beside", start=False).app
    shutil.copy(INSIDE / "test_two_databases.py", app.code / "uploads/tests")
    shutil.copy(INSIDE / "company_settings.py", app.code)
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--ds=company_settings"]
    command, options = app.as_popen(*command, "uploads/tests/test_two_databases.py", env=env)
    for name in ("MEDIA_ROOT", "PRIVATE_MEDIA_ROOT", "CSRF_TRUSTED_ORIGINS", "ALLOWED_HOSTS"):
        del options["env"][name]
    del options["env"]["DJANGO_SETTINGS_MODULE"]
    done = subprocess.run(command, **options, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:]
    assert done.stdout.splitlines()[-1].startswith("19 passed")


def test_it_is_postgresql(get_site):
    code = "import django; django.setup(); from django.db import connection as c; print(c.vendor)"
    assert get_site("postgresql").app.python("-c", code).strip() == "postgresql"


def test_a_few_connections_for_all(get_site, samples):
    """Forty requests at once want no more connections than the two workers have threads."""
    site = get_site("postgresql")
    path, _ = put(site.visitor("owner"), samples, "photos", "small.jpg")
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: site.visitor("owner").get(path).status_code, range(80)))
    assert set(answers) == {200}
    code = """if True:
        import django; django.setup()
        from django.db import connection as c
        with c.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", ["one"])
            print(cursor.fetchone()[0])
    """
    assert int(site.app.python("-c", code)) <= 2 * 12 + 1  # and the one that asks


def test_uploads_at_once(get_site, samples):
    site = get_site("postgresql")
    owner = site.visitor("owner")

    def upload(number):
        visitor = site.visitor("owner")
        file = ("sheet.csv", b"a,b\n%d,2\n" % number)
        answer = visitor.upload("/documents/new/", "file", file, title=f"number {number}")
        return answer.headers["Location"]

    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(upload, range(24)))
    assert len(set(paths)) == 24
    assert f"number {23}" in owner.get(paths[23]).text
    level = site.level()
    assert (level["missing"], level["left"]) == ([], [])
