"""Public media by nginx as deploy/nginx.conf configures it, against a location with a root alone.

Both have one worker and sendfile, and are asked by turns by wrk. CPU time is the worker's own, so
that it is not wrk that is measured.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from services import servers, sites

from . import tools
from .tools import Row, ratio

SIZES = {"50 KB": 50_000, "5 MB": 5_000_000}
ROUNDS, SECONDS, CONNECTIONS = 7, 1, 8
LIMIT = 0.9
NAME = "photos/2026/11/00000000-0000-4000-8000-{:012x}-1200x900.jpg"
PLAIN = """
{user}
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    types {{ image/jpeg jpg; }}
    server {{
        listen 127.0.0.1:{port};
        location /media/ {{ root {folder}; }}
    }}
}}
"""


def plain(folder):
    """An nginx that sends `folder`/media and does nothing else."""
    port = servers.free_port()
    user = "user nobody nogroup;" if servers.ROOT else ""
    conf = tools.folder() / "nginx.conf"
    conf.write_text(PLAIN.format(user=user, port=port, folder=folder))
    command = [servers.program("nginx", "nginx"), "-c", conf, "-p", conf.parent]
    command += ["-e", "stderr", "-g", f"daemon off; pid {conf.parent}/nginx.pid;"]
    server = servers.Server(command, conf.parent / "nginx.log", ("127.0.0.1", port))
    server.url = f"http://127.0.0.1:{port}"
    return server


def one_worker(server):
    """Take as many as the other has."""
    conf = server.conf.read_text()
    assert conf.count("worker_processes auto;") == 1
    server.conf.write_text(conf.replace("worker_processes auto;", "worker_processes 1;"))


def cpu(server):
    """CPU seconds of its worker until now."""
    pid = server.process.pid
    (worker,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(wrk, server, path, figures):
    """Append (requests per second, requests per CPU second) of a second's load to `figures`."""
    before = cpu(server)
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", f"{server.url}/media/{path}"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in said, said
    requests = int(re.search(r"(\d+) requests in", said)[1])
    speed = float(re.search(r"Requests/sec: *([\d.]+)", said)[1])
    figures.append((speed, requests / (cpu(server) - before)))


def rows():
    wrk = shutil.which("wrk") or sys.exit("wrk is needed: apt-get install wrk")
    folder = tools.folder()
    site = sites.make("disk", folder, tools.bake(tools.folder()), Path(sys.prefix), {})
    ours, peer = site.front, plain(site.app.folder)
    one_worker(ours)
    paths = {}
    for number, (size, length) in enumerate(SIZES.items()):
        paths[size] = NAME.format(number)
        path = site.app.folder / "media" / paths[size]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(length))
    try:
        ours.start()
        peer.start()
        for size, path in paths.items():
            figures = {"ours": [], "peer": []}
            tools.by_turns(
                ROUNDS,
                ours=lambda path=path, into=figures["ours"]: load(wrk, ours, path, into),
                peer=lambda path=path, into=figures["peer"]: load(wrk, peer, path, into),
            )
            (speed, per_cpu), (peer_speed, peer_per_cpu) = (
                zip(*made[1:], strict=True) for made in figures.values()
            )
            what = f"a public file of {size} by deploy/nginx.conf against a plain nginx: requests"
            yield Row(f"{what} a second", ratio(speed, peer_speed), LIMIT, at_least=True)
            yield Row(f"{what} a CPU second", ratio(per_cpu, peer_per_cpu), LIMIT, at_least=True)
    finally:
        ours.stop()
        peer.stop()


if __name__ == "__main__":
    tools.report(rows())
