"""A web server of bars on loopback: what a source answers, and how it fails."""

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np

HOUR_MS = 3_600_000


def price(at_ms):
    """Return the close of the hour that opens at a moment: every bar can be told from every other."""
    return 100.0 + (at_ms // HOUR_MS) % 997 / 10.0


def candles(first_ms, last_ms):
    """Return lines of CSV for the hours that open in [first, last)."""
    start = -(-first_ms // HOUR_MS) * HOUR_MS
    opens = np.arange(start, last_ms, HOUR_MS).tolist()
    lines = [f"{at},{price(at)},{price(at) + 1},{price(at) - 1},{price(at)},{at // HOUR_MS % 50 + 1}" for at in opens]
    return "\n".join(["timestamp,open,high,low,close,volume", *lines]) + "\n"


class Server(ThreadingHTTPServer):
    """Answer with hours of bars; `script` says what to answer first, `asked` what was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = []
        self.asked = []
        self.delay_s = 0.0
        self.first_ms = 0
        self.last_ms = 1 << 62

    @property
    def template(self):
        return f"http://127.0.0.1:{self.server_port}/{{symbol}}.csv?from={{from_ms}}&to={{to_ms}}&every={{every}}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        query = parse_qs(urlsplit(self.path).query)
        span = tuple(int(query[name][0]) for name in ("from", "to")) if "from" in query else (0, 0)
        server.asked.append((urlsplit(self.path).path, span))
        time.sleep(server.delay_s)
        status, headers, body = server.script.pop(0) if server.script else (200, {}, None)
        if body is None:
            first, last = max(span[0], server.first_ms), min(span[1], server.last_ms)
            body = candles(first, last) if status == 200 else ""
        content = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        """Stay silent."""


@contextmanager
def serving():
    """Serve for the length of a block."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
