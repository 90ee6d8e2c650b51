"""Ends with 0 when the site, asked past nginx, says at /health/ that all is well."""

import http.client
import os
import socket
from pathlib import Path

host = os.environ["ALLOWED_HOSTS"].split(",")[0].strip().lstrip(".").replace("*", "localhost")
connection = http.client.HTTPConnection(host)
connection.sock = socket.socket(socket.AF_UNIX)
connection.sock.settimeout(5)
connection.sock.connect(str(Path(__file__).resolve().parents[2] / "run" / "gunicorn.sock"))
connection.request("GET", "/health/")
answer = connection.getresponse()
print(answer.status, answer.read().decode())
raise SystemExit(answer.status != 200)
