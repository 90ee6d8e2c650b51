"""A site at the end of a slow line: what a page begins with is painted before the rest comes."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SlowLine(ThreadingHTTPServer):
    """A site once more, for page(at=...), whose pages come in two pieces.

    The first ends with as many items of a list as `items` says, the second waits for `rest`.
    """

    daemon_threads = True

    def __init__(self, site):
        super().__init__(("127.0.0.1", 0), Forward)
        self.visitor = site.visitor
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.items, self.rest = 0, threading.Event()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.rest.set()
        self.shutdown()
        super().__exit__(*error)


class Forward(BaseHTTPRequestHandler):
    def do_GET(self):
        asked = {name: self.headers[name] for name in ("Accept", "Cookie") if name in self.headers}
        answer = self.server.visitor().get(self.path, headers=asked)
        self.send_response(answer.status_code)
        for name in {"Content-Type", "Content-Security-Policy"} & set(answer.headers):
            self.send_header(name, answer.headers[name])
        self.end_headers()
        if not answer.headers["Content-Type"].startswith("text/html"):
            self.wfile.write(answer.content)
            return
        items = answer.content.split(b"</li>")
        first = b"</li>".join([*items[: self.server.items], b""])
        self.wfile.write(first)
        self.server.rest.wait()
        self.wfile.write(answer.content[len(first) :])

    def log_message(self, *args):
        """Nothing."""
