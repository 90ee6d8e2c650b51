"""An upload of 200 MB where 10 MB is the most: what is read of it, and how long the answer takes.

The peer is a fresh Django project with the view that Django's documentation begins with ("Basic
file uploads"): it has no limit, and reads everything. Both run in gunicorn, without the proxy that
refuses it before.
"""

import contextlib
import secrets
import select
import socket
import sys
import time
from pathlib import Path

from . import tools
from .tools import Row

MB = 1024 * 1024
LIMIT_MB, SENT_MB = 10, 200
ROUNDS = 11
CHUNK = b"\0" * 65536
BOUNDARY = "a-boundary"
HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
TAIL = f"\r\n--{BOUNDARY}--\r\n"
# As in production, but for HTTPS.
PRODUCTION = {
    "DEBUG": "false",
    "ALLOWED_HOSTS": "127.0.0.1",
    "CSRF_TRUSTED_ORIGINS": "http://127.0.0.1",
}
VANILLA = """
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def upload(request):
    with open("uploaded", "wb+") as destination:
        for chunk in request.FILES["file"].chunks():
            destination.write(chunk)
    return HttpResponse("ok")


urlpatterns = [path("", upload)]
"""


def send(port, path, cookies=""):
    """(status, bytes that were taken before the answer came, seconds until all of it was there)."""
    length = len(HEAD) + SENT_MB * MB + len(TAIL)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: {cookies}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: {length}\r\n\r\n"
    )
    start, sent, answer = time.perf_counter(), 0, b""
    with socket.socket() as client:
        # What waits in the buffers of this side counts as taken: they are kept small.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * len(CHUNK))
        client.connect(("127.0.0.1", port))
        client.sendall(head.encode() + HEAD.encode())
        client.setblocking(False)
        waiting = memoryview(CHUNK)
        while sent < SENT_MB * MB:
            readable, writable, _ = select.select([client], [client], [], 60)
            if readable:
                break
            if writable:
                taken = client.send(waiting)
                sent += taken
                waiting = waiting[taken:] or memoryview(CHUNK)
        client.setblocking(True)
        if sent == SENT_MB * MB:
            client.sendall(TAIL.encode())
        with contextlib.suppress(ConnectionResetError):  # the rest was not read
            while part := client.recv(65536):
                answer += part
    seconds = time.perf_counter() - start
    return int(answer.split()[1]), sent, seconds


def vanilla_project():
    folder = tools.folder()
    tools.run(sys.executable, "-m", "django", "startproject", "vanilla", folder, cwd=folder)
    Path(folder, "vanilla", "urls.py").write_text(VANILLA)
    return folder


def rows():
    project = tools.open_project(max_upload_mb=LIMIT_MB)
    from django.urls import reverse

    manage = [sys.executable, "manage.py"]
    tools.run(*manage, "collectstatic", "--no-input", cwd=project, **PRODUCTION)
    model = tools.sample(public=False)
    address = reverse(f"{model._meta.model_name}-new")
    session = tools.logged_in(tools.user()).cookies["sessionid"].value
    token = secrets.token_hex(16)
    cookies = f"sessionid={session}; csrftoken={token}"
    ours, theirs = [], []
    with (
        tools.serve("config.wsgi", project, **PRODUCTION) as port,
        tools.serve("vanilla.wsgi", vanilla_project()) as vanilla_port,
    ):
        times = tools.by_turns(
            ROUNDS,
            ours=lambda: ours.append(send(port, address, cookies)),
            vanilla=lambda: theirs.append(send(vanilla_port, "/")),
        )
    assert {status for status, *_ in ours} == {413}, ours
    assert {status for status, *_ in theirs} == {200}, theirs
    taken = 100 * max(sent for _, sent, _ in ours) / (SENT_MB * MB)
    what = f"{SENT_MB} MB where {LIMIT_MB} MB is the most"
    yield Row(f"{what}: taken before the answer, of all bytes", taken, 2, "%")
    took = 100 * tools.ratio(times["ours"], times["vanilla"])
    yield Row(f"{what}: time to the answer against a project without a limit", took, 2, "%")


if __name__ == "__main__":
    tools.report(rows())
