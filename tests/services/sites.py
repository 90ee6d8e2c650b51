"""A generated project as it is deployed: folders, environment, gunicorn, nginx."""

import functools
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import requests

from conftest import PRODUCTION, bin_of, run
from services.servers import QUIET, Nginx, Server, free_port, group_of_nginx

HERE = Path(__file__).parent
USERS = ("owner", "other", "staff", "idle")


class App(Server):
    """One machine's gunicorn, below a folder that stands for /srv/<slug>.

    With a port it listens there, else at the socket that deploy/nginx.conf knows.
    """

    def __init__(self, folder, project, venv, env, port=None):
        self.folder, self.venv = folder, venv
        for name in ("media", "private", "run", "static", "data", "tmp"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.code = folder / "app"
        shutil.copytree(project, self.code, ignore=shutil.ignore_patterns(".env"))
        self.bind = f"127.0.0.1:{port}" if port else f"unix:{folder}/run/gunicorn.sock"
        self.url = f"http://{self.bind}" if port else None
        command = [bin_of(venv, "gunicorn"), "-c", "deploy/gunicorn.conf.py", "config.wsgi"]
        command += ["-b", self.bind] if port else []
        address = ("127.0.0.1", port) if port else self.bind.removeprefix("unix:")
        self.env = {
            **{k: v for k, v in PRODUCTION.items() if k != "ALLOWED_HOSTS"},
            "ALLOWED_HOSTS": "127.0.0.1",
            "DATABASE_URL": f"sqlite:///{folder}/data/db.sqlite3",
            "MEDIA_ROOT": f"{folder}/media",
            "PRIVATE_MEDIA_ROOT": f"{folder}/private",
            "STATIC_ROOT": f"{folder}/static",
            "TMPDIR": f"{folder}/tmp",
            "WEB_CONCURRENCY": "2",
            "PYTHONDONTWRITEBYTECODE": "1",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            **env,
        }
        options = {"env": self.env, "cwd": self.code, **group_of_nginx()}
        super().__init__(command, folder / "gunicorn.log", address, **options)

    def as_popen(self, *args, env=None):
        """A command line of the project's Python, and the options that Popen needs for it."""
        return [str(bin_of(self.venv, "python")), *map(str, args)], {
            "cwd": self.code,
            **group_of_nginx(),
            "env": {**QUIET, **self.env, "PYTHONPATH": str(self.code), **(env or {})},
        }

    def python(self, *args, env=None, check=True):
        """Run the project's Python. Returns what it prints, errors after it."""
        command, options = self.as_popen(*args, env=env)
        done = subprocess.run(command, **options, capture_output=True, text=True, timeout=120)
        assert not check or done.returncode == 0, f"{args}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def manage(self, *args, **options):
        return self.python("manage.py", *args, **options)

    def workers(self):
        """Process ids of gunicorn's workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def kill_workers(self):
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)


class Site:
    """One or more machines behind one nginx; `kind` says what they are like."""

    def __init__(self, kind, apps, front, answers):
        self.kind, self.apps, self.front, self.answers = kind, apps, front, answers
        self.app = apps[0]
        self.url = front.url
        self.cookies = {}

    def start(self):
        for app in self.apps:
            app.start()
        self.front.start()
        return self

    def stop(self):
        for server in (self.front, *self.apps):
            server.stop()

    def visitor(self, name=None, url=None):
        """A browser, logged in as one of USERS if named; `url` goes past nginx."""
        visitor = Visitor(url or self.url)
        if name and name not in self.cookies:  # a login takes a second, as it should
            visitor.login(name)
            self.cookies[name] = visitor.cookies.copy()
        if name:
            visitor.cookies.update(self.cookies[name])
        return visitor

    def level(self, machine=0):
        """What `orphans --delete --older-than 0`, run on one machine, made of rows and files.

        {"missing": names in rows without a file, "left": files without a row, afterwards}
        """
        return json.loads(self.apps[machine].python(HERE / "inside" / "level.py").splitlines()[-1])

    @property
    def temporary(self):
        """Uploads that are being received, or were left half received."""
        folders = [app.folder / f for app in self.apps for f in ("tmp", "private/.tmp")]
        return [path for folder in folders for path in folder.glob("*")]


def make(kind, folder, project, venv, env, machines=1, answers=None):
    """A site, its tables and users made, not started.

    `env` is shared by all machines. More than one of them listen on ports, one on its socket.
    """
    apps = []
    for number in range(machines):
        port = free_port() if machines > 1 else None
        apps.append(App(folder / str(number + 1), project, venv, env, port))
    front = Nginx(apps[0].folder, project, apps)
    for app in apps:
        app.env["CSRF_TRUSTED_ORIGINS"] = ",".join(u for u in (front.url, app.url) if u)
        app.options["env"] |= app.env
    apps[0].python(HERE / "inside" / "prepare.py", json.dumps(users(venv)))
    for app in apps[1:]:  # collectstatic belongs to the code of each machine
        shutil.copytree(apps[0].folder / "static", app.folder / "static", dirs_exist_ok=True)
    return Site(kind, apps, front, answers or {})


@functools.cache
def users(venv):
    """{name: itself as a password}, hashed once for all sites: that takes a while, as it should."""
    code = f"""if True:
        import json
        from django.conf import settings; settings.configure()
        from django.contrib.auth.hashers import make_password
        print(json.dumps({{name: make_password(name) for name in {USERS}}}))
    """
    return json.loads(run(bin_of(venv, "python"), "-c", code).stdout)


class Visitor(requests.Session):
    """A browser with cookies: paths in place of addresses, and no redirect followed by itself."""

    def __init__(self, url):
        super().__init__()
        self.trust_env = False
        self.url = url
        # Nothing is kept open: a server that was restarted would cut it off.
        self.headers["Connection"] = "close"

    def login(self, name):
        self.get("/accounts/login/")
        answer = self.send_form("/accounts/login/", {"username": name, "password": name})
        assert answer.status_code == 302, answer.text

    def request(self, method, url, **options):
        address = url if "://" in url else self.url + url
        return super().request(method, address, **{"timeout": 60} | options)

    def get_redirect_target(self, resp):
        return None

    @property
    def form_headers(self):
        return {"X-CSRFToken": self.cookies.get("csrftoken"), "Origin": self.url}

    def send_form(self, path, data, files=None, **options):
        return self.post(path, data=data, files=files, headers=self.form_headers, **options)

    def upload(self, path, field, *files, title="", **options):
        """POST files, each (file name, content), to a form."""
        files = [(field, file) for file in files]
        return self.send_form(path, {"title": title}, files, **options)

    def part_of_upload(self, path, sent, length, headers=None, name="slow.mp4", begins=b""):
        """A connection on which `sent` bytes of an upload of `length` bytes have gone out."""
        host, port = self.url.removeprefix("http://").split(":")
        boundary = secrets.token_hex(8)
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '
            f'filename="{name}"\r\nContent-Type: video/mp4\r\n\r\n'
        ).encode() + begins
        tail = f"\r\n--{boundary}--\r\n".encode()
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {
            "Host": f"{host}:{port}",
            "Cookie": cookies,
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": length,
            "Connection": "close",
            **self.form_headers,
            **(headers or {}),
        }
        lines = [f"POST {path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items()), "", ""]
        connection = socket.create_connection((host, int(port)), timeout=60)
        connection.sendall("\r\n".join(lines).encode() + head[:sent])
        self.tail = tail
        if sent > len(head):
            connection.sendall(bytes(sent - len(head)))
        return connection


def answer_on(connection):
    """The answer on a bare connection, its `body` read; the connection is closed."""
    with connection, http.client.HTTPResponse(connection) as answer:
        answer.begin()
        answer.body = answer.read().decode(errors="replace")
        return answer
