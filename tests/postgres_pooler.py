"""Stand between clients and PostgreSQL as a pooler of connections does: each transaction gets another session of the server."""

import contextlib
import select
import socket
import struct
import threading
from urllib.parse import parse_qs, urlsplit

READY = b"Z"
IDLE = b"I"
SESSIONS = 2


class PostgresPooler:
    """Pass each transaction of a client on to the next of two sessions, and know nothing of what a session remembers.

    `transactions` counts what each of the two was given.
    """

    def __init__(self, uri):
        found = urlsplit(uri)
        self.path = f"{parse_qs(found.query)['host'][0]}/.s.PGSQL.{found.port or 5432}"
        self.database = found.path.lstrip("/")
        self.user = found.username or "postgres"
        self.transactions = [0] * SESSIONS
        self.server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def target(self):
        """The address of a journal behind it."""
        port = self.server.getsockname()[1]
        return f"postgresql://{self.user}@127.0.0.1:{port}/{self.database}?sslmode=disable&gssencmode=disable"

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.server.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        """Let a client in at every session, and pass on what it says until it goes."""
        with contextlib.suppress(OSError), contextlib.ExitStack() as all_of_it:
            all_of_it.enter_context(client)
            sessions = [all_of_it.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(SESSIONS)]
            hello = client.recv(65536)
            for session in sessions:
                session.connect(self.path)
                session.sendall(hello)
                greeting, state = b"", _States()
                while state.last is None:
                    data = session.recv(65536)
                    greeting, _ = greeting + data, state.take(data)
            client.sendall(greeting)
            self.pass_on(client, sessions)

    def pass_on(self, client, sessions):
        turn, state = 0, _States()
        state.last = IDLE
        while True:
            for end in select.select([client, sessions[turn]], [], [])[0]:
                data = end.recv(65536)
                if not data:
                    return
                if end is client:
                    if state.last == IDLE:
                        turn = (turn + 1) % SESSIONS
                        self.transactions[turn] += 1
                    state.last = None
                    sessions[turn].sendall(data)
                    break
                state.take(data)
                client.sendall(data)

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()


class _States:
    """Read what a session says of itself: `last` is how it stands since its last answer, None while it owes one."""

    def __init__(self):
        self.last = None
        self.raw = b""

    def take(self, data):
        self.raw += data
        while len(self.raw) >= 5 and len(self.raw) > (size := struct.unpack("!I", self.raw[1:5])[0]):
            if self.raw[:1] == READY:
                self.last = self.raw[5:6]
            self.raw = self.raw[size + 1 :]
