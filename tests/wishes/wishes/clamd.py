"""A small clamd, which knows one virus."""

import socket
import struct
import threading

# Harmless, and known to all scanners; in parts, so that none finds it here.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd(threading.Thread):
    """Answers each connection as clamd documents INSTREAM; notes the chunks of each stream."""

    MOST = 8 * 1024**2  # bytes of a stream

    def __init__(self):
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = self.server.getsockname()
        self.streams = []

    def run(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:  # stopped
                return
            with connection, connection.makefile("rb") as stream:
                connection.settimeout(10)
                connection.sendall(self.answer(stream) + b"\0")

    def answer(self, stream):
        if stream.read(10) != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND"
        chunks = []
        self.streams.append(chunks)
        while length := struct.unpack("!L", stream.read(4))[0]:
            chunks.append(stream.read(length))
            if sum(map(len, chunks)) > self.MOST:
                return b"INSTREAM size limit exceeded. ERROR"
        found = EICAR in b"".join(chunks)
        return b"stream: Eicar-Test-Signature FOUND" if found else b"stream: OK"
