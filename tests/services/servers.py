"""Real servers, each on a free port and in a folder of its own."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import botocore.config
import pytest

from conftest import ENVIRONMENT, needs

ROOT = os.geteuid() == 0
SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
REGION = "eu-central-1"
# rclone checks signatures made with these; moto takes any.
KEYS = {"AWS_ACCESS_KEY_ID": "services-access-key", "AWS_SECRET_ACCESS_KEY": "services-secret-key"}
# What a shell may have set about a real cloud, or a proxy, must not reach the servers.
QUIET = {k: v for k, v in ENVIRONMENT.items() if not k.upper().startswith("AWS_")}
QUIET |= {"NO_PROXY": "*", "no_proxy": "*", "PYTHONUTF8": "1", "AWS_EC2_METADATA_DISABLED": "true"}


def program(name, package, folders=SBIN):
    """The path of a program."""
    return shutil.which(name, path=folders) or needs(name, f"apt-get install {package}")


def user_but_not_root(*names):
    """Options for Popen: the first of these users that exists, when root runs the tests."""
    if not ROOT:
        return {}
    for name in names:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return pytest.fail(f"root can't run this server, and there is no user {' or '.join(names)}")


def group_of_nginx():
    """Options for Popen: the group of nginx, when root runs the tests; see class Nginx."""
    return {"group": user_but_not_root("nobody")["group"]} if ROOT else {}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, seconds=30):
    """Wait until `condition()` is true, and return what it said; fail the test when it is late."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if answer := condition():
            return answer
        time.sleep(0.02)
    return pytest.fail(f"{what}: not within {seconds} s")


class Server:
    """A program that runs until it is stopped. `address` is (host, port), or a socket's path."""

    def __init__(self, command, log, address, env=None, **options):
        self.command, self.log, self.address = [str(part) for part in command], log, address
        self.options = {"env": {**QUIET, **(env or {})}, **options}
        self.process = None

    def start(self):
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self.options,
            )
        wait_for(self.answers, f"{self.command[0]} answers")
        return self

    def answers(self):
        if self.process.poll() is not None:
            pytest.fail(f"{self.command}: exit {self.process.returncode}\n{self.log.read_text()}")
        family = socket.AF_INET if isinstance(self.address, tuple) else socket.AF_UNIX
        with socket.socket(family) as probe:
            return probe.connect_ex(self.address) == 0

    def send(self, number):
        """Send a signal to the program and to all that it has started."""
        os.killpg(self.process.pid, number)

    def stop(self, number=signal.SIGKILL):
        """At once, as when the machine is lost."""
        if self.process and self.process.poll() is None:
            self.send(number)
            self.process.wait()

    def freeze(self):
        """Make it a server that takes connections and never answers."""
        self.send(signal.SIGSTOP)

    def thaw(self):
        self.send(signal.SIGCONT)


class PostgreSQL(Server):
    def __init__(self, folder):
        # Debian keeps the server's programs out of PATH.
        versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parts[4]))
        self.bin = os.pathsep.join([*map(str, reversed(versions)), SBIN])
        self.user = user_but_not_root("postgres", "nobody")
        data = folder / "postgresql-data"
        data.mkdir()
        if ROOT:
            os.chown(data, self.user["user"], self.user["group"])
        self.run("initdb", "-D", data, "-U", "app", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.port = free_port()
        self.who = ["-h", "127.0.0.1", "-p", self.port, "-U", "app", "-d", "postgres"]
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
        command = [program("postgres", "postgresql", self.bin), "-D", data, "-p", self.port]
        command += [f"--{name}={value}" for name, value in options.items()]
        address = ("127.0.0.1", self.port)
        super().__init__(command, folder / "postgresql.log", address, cwd=data, **self.user)

    def answers(self):
        """It listens before it has recovered from a crash."""
        return super().answers() and self.run("psql", *self.who, "-c", "", check=False)

    def run(self, name, *args, check=True):
        command = [program(name, "postgresql", self.bin), *map(str, args)]
        done = subprocess.run(
            command, cwd="/", env=QUIET, capture_output=True, text=True, **self.user
        )
        assert not check or done.returncode == 0, done.stderr
        return done.returncode == 0

    def stop(self, number=signal.SIGQUIT):
        """At once, with all that it has started elsewhere: shared memory stays behind a kill."""
        super().stop(number)

    def database(self, name):
        """The address of a new database."""
        self.run("psql", *self.who, "-c", f"CREATE DATABASE {name}")
        return f"postgres://app@127.0.0.1:{self.port}/{name}"

    @contextlib.contextmanager
    def held(self, name, table):
        """Meanwhile whoever writes into a table of the database waits; it may be read."""
        hold = f"LOCK TABLE {table} IN SHARE MODE; SELECT pg_sleep(60)"
        command = [program("psql", "postgresql", self.bin), *map(str, self.who[:-1]), name]
        holder = subprocess.Popen([*command, "-c", hold], cwd="/", env=QUIET, **self.user)
        seen = "SELECT 1 / count(*) FROM pg_locks WHERE mode = 'ShareLock' AND granted"
        wait_for(lambda: self.run("psql", *self.who, "-c", seen, check=False), "the lock")
        try:
            yield
        finally:
            end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LOCK %'"
            self.run("psql", *self.who, "-c", end, check=False)
            holder.wait()


class S3(Server):
    """An S3 server. `env` is what a site needs to use it, beside the names of its buckets."""

    def __init__(self, folder, command, port, **options):
        self.url = f"http://127.0.0.1:{port}"
        self.env = {**KEYS, "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL_S3": self.url}
        address = ("127.0.0.1", port)
        super().__init__(command, folder / f"s3-{port}.log", address, cwd=folder, **options)

    @property
    def client(self):
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            config=botocore.config.Config(
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                s3={"addressing_style": "path"},
            ),
        )

    def bucket(self, name):
        place = {"LocationConstraint": REGION}
        self.client.create_bucket(Bucket=name, CreateBucketConfiguration=place)
        return name


def moto(folder):
    """Knows bucket policies, CORS and conditions on requests; takes any signature."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", port]
    return S3(folder, command, port)


def rclone(folder):
    """Checks signatures and when they expire; knows neither policies nor conditions."""
    port = free_port()
    data = folder / f"rclone-{port}"
    data.mkdir()
    beside_python = os.pathsep.join([str(Path(sys.executable).parent), SBIN])
    command = [
        *[program("rclone", "rclone, 1.65 or newer", beside_python), "serve", "s3"],
        *["--config", os.devnull, "--addr", f"127.0.0.1:{port}", "--no-cleanup"],
        *["--auth-key", ",".join(KEYS.values()), data],
    ]
    return S3(folder, command, port)


class Nginx(Server):
    """nginx with deploy/nginx.conf as it was generated, but for paths, ports and its user."""

    def __init__(self, folder, project, apps):
        conf = (project / "deploy" / "nginx.conf").read_text()
        self.port = free_port()
        slug = project.name
        sockets = "\n".join(f"server {app.bind} fail_timeout=0;" for app in apps)
        changes = {
            f"server unix:/srv/{slug}/run/gunicorn.sock fail_timeout=0;": sockets,
            "listen 80;\n\n": f"listen 127.0.0.1:{self.port};\n\n",
            # Another user than the app's, as in the containers, but of its group.
            "user www-data;": "user nobody nogroup;" if ROOT else "",
            "http {": "http {\naccess_log off;\n"
            + "".join(f"{k}_temp_path {folder}/nginx_{k};\n" for k in ("client_body", "proxy")),
        }
        for old, new in changes.items():
            assert conf.count(old) == 1, f"{old} in deploy/nginx.conf"
            conf = conf.replace(old, new)
        conf = conf.replace(f"/srv/{slug}/", f"{folder}/")
        self.conf = folder / "nginx.conf"
        self.conf.write_text(conf)
        command = [program("nginx", "nginx"), "-c", self.conf, "-p", folder, "-e", "stderr"]
        command += ["-g", f"daemon off; pid {folder}/nginx.pid;"]
        super().__init__(command, folder / "nginx.log", ("127.0.0.1", self.port))
        self.url = f"http://127.0.0.1:{self.port}"
