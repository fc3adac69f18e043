"""Stand between a client and PostgreSQL, and break connections around a commit."""

import contextlib
import socket
import struct
import threading
from urllib.parse import parse_qs, urlsplit

COMMIT = b"COMMIT\0"
CUTS = ("before", "held", "during", "after")
"""Before the commit is passed on; passed on late, after the client was cut off; passed on without its answer; right after its answer."""


class PostgresProxy:
    """Pass bytes on between a port of loopback and the socket of a server.

    `cut` names what happens to the next commit, "" for nothing; `left` are counts of what is passed on before the connection breaks,
    once each; `up` is whether connections are taken.
    """

    def __init__(self, uri):
        found = urlsplit(uri)
        host = parse_qs(found.query)["host"][0]
        self.path = f"{host}/.s.PGSQL.{found.port or 5432}"
        self.database = found.path.lstrip("/")
        self.user = found.username or "postgres"
        self.cut = ""
        self.left = []
        self.up = True
        self.held_s = 0.3
        self.connections = 0
        self.open = set()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    @property
    def target(self):
        """The address of a journal behind it."""
        port = self.server.getsockname()[1]
        return f"postgresql://{self.user}@127.0.0.1:{port}/{self.database}?sslmode=disable&gssencmode=disable"

    def accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            if not self.up:
                client.close()
                continue
            self.connections += 1
            upstream = socket.socket(socket.AF_UNIX)
            upstream.connect(self.path)
            self.open |= {client, upstream}
            pair = {"cut": "", "client": client, "upstream": upstream}
            for work in (self.from_client, self.from_server):
                threading.Thread(target=work, args=(pair,), daemon=True).start()

    def from_client(self, pair):
        """Pass on what a client sends; hold a commit against `cut`."""
        client, upstream = pair["client"], pair["upstream"]
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self.cut and COMMIT in data:
                    pair["cut"], self.cut = self.cut, ""
                    if pair["cut"] in {"before", "held"}:
                        self.break_off(client)
                        if pair["cut"] == "before":
                            break
                        threading.Event().wait(self.held_s)
                if self.used_up():
                    break
                upstream.sendall(data)
        if pair["cut"] != "held":
            self.break_off(upstream)
        else:
            self.read_on(upstream)

    def from_server(self, pair):
        """Pass on what the server answers, or keep the answer to a commit."""
        client, upstream = pair["client"], pair["upstream"]
        with contextlib.suppress(OSError):
            while data := upstream.recv(65536):
                if pair["cut"] == "during" or self.used_up():
                    break
                client.sendall(data)
                if pair["cut"] == "after":
                    break
        self.break_off(client)

    def used_up(self):
        """Say whether the connection breaks before what has just come."""
        if not self.left:
            return False
        self.left[0] -= 1
        if self.left[0] >= 0:
            return False
        del self.left[0]
        return True

    def read_on(self, upstream):
        """Let the server finish what it was sent."""
        with contextlib.suppress(OSError):
            upstream.settimeout(1.0)
            upstream.recv(65536)
        self.break_off(upstream)

    def break_off(self, end):
        """Reset a connection, as a network does that loses it."""
        with contextlib.suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            end.close()

    def break_all(self):
        """Reset every connection."""
        for end in self.open:
            self.break_off(end)
        self.open.clear()

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.break_all()
        self.thread.join(5)
