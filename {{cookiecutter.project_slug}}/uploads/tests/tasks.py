"""What test_apart.py has done in a process of its own."""

import os
import socket
import sys
import time


def count(file, word):
    return {"bytes": len(file.read()), "word": word, "django": "django" in sys.modules}, b"\0\n\xff"


def answer(file, size):
    return {}, bytes(size)


def write(file, target):
    target.write(file.read()[::-1])
    return {}, b""


def hold(file, size):
    return {"held": len(bytearray(size))}, b""


def raise_error(file):
    raise KeyError("nothing")


def full_disk(file):
    raise OSError(28, "No space left on device")


def full_disk_closed(file):
    try:
        full_disk(file)
    finally:
        raise ValueError("what was written can't be closed")


def crash(file):
    os.abort()


def sleep(file):
    time.sleep(60)


def nap(file):
    time.sleep(0.5)
    return {"napped": 0.5}, b""


def spin(file):
    while True:
        pass


def open_file(file, path):
    with open(path, "rb") as other:
        return {"read": len(other.read())}, b""


def connect(file, port):
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        return {}, b""


def connect_from_a_free_descriptor(file, port):
    os.close(0)
    return connect(file, port)


def flood(file, target):
    while True:
        target.write(bytes(1_000_000))


def environment(file):
    return {"names": sorted(os.environ)}, b""
