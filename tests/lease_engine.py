"""Trade as an engine does, in a process of its own: wait for the lease, recover, and journal each order before it is sent.

    python lease_engine.py JOURNAL RUN PORT

Each line on stdin forks an engine, which needs not load everything again; a number N on it puts that engine to sleep between looking at its deadline and
writing its Nth order. Orders are numbered through all epochs; one that is in the journal without an answer is sent again under its own id, whoever wrote it.
Told on stdout behind the number of the process: `waits`, `late ID` for an order whose write ended behind the deadline, `lost` at the end.
"""

import os
import signal
import socket
import sys

from tenfold.adapters.clock import SystemClock, pause
from tenfold.adapters.journal.database import BusyError
from tenfold.adapters.journal.journal import open_run
from tenfold.adapters.journal.tenures import SqlTenures
from tenfold.domain.errors import JournalError, StorageError
from tenfold.domain.order import Order, OrderStatus, OrderUpdate, Side, Submit
from tenfold.execution.lease import Lease

POLL_S = 0.05
RENEW_NS = 200_000_000
EACH_S = 0.004


def tell(text):
    os.write(1, f"{os.getpid()} {text}\n".encode())


class LeaseEngine:
    """Hold what one engine knows: its orders without an answer, and the number of the last."""

    def __init__(self, target, run, port, sleeps_at):
        self.sleeps_at = sleeps_at
        self.journal = open_run(target, run)
        self.lease = Lease(SqlTenures(self.journal))
        self.clock = SystemClock()
        self.pending = []
        self.number = 0
        self.venue = socket.create_connection(("127.0.0.1", port))
        self.answers = self.venue.makefile("r")
        for record in self.journal.records():
            self.apply(record)

    def apply(self, record):
        if isinstance(record, Submit):
            self.number += 1
            self.pending.append(record.order.order_id)
        else:
            self.pending.remove(record.order_id)

    def keep(self, record):
        self.journal.append([record])
        self.apply(record)

    def wait(self):
        """Follow the journal until the lease is had, and to its end then."""
        while True:
            try:
                held = self.lease.seek(self.clock.monotonic_ns())
            except StorageError:
                held = False
            for record in self.journal.follow():
                self.apply(record)
            if held:
                return
            pause(POLL_S)

    def trade(self):
        """Send one order after another until the lease is lost."""
        renewed_ns = self.clock.monotonic_ns()
        while True:
            now_ns = self.clock.monotonic_ns()
            if now_ns - renewed_ns > RENEW_NS:
                try:
                    if not self.lease.renew(now_ns):
                        return
                    renewed_ns = now_ns
                except StorageError:
                    pass
            if not self.pending:
                order_id = f"{self.journal.run}-{self.lease.epoch}-{self.number + 1}"
                self.keep(Submit(order=Order(order_id=order_id, ts_ns=0, symbol="A", side=Side.BUY, qty=1)))
                self.journal.sync()
            for order_id in list(self.pending):
                self.send(order_id)
            pause(EACH_S)

    def send(self, order_id):
        line = f"{os.getpid()} {self.lease.epoch} {order_id}\n".encode()
        if self.clock.monotonic_ns() >= self.lease.deadline_ns:
            return
        self.sleeps_at -= 1
        if self.sleeps_at == 0:
            os.kill(os.getpid(), signal.SIGSTOP)
        self.venue.sendall(line)
        if self.clock.monotonic_ns() >= self.lease.deadline_ns:
            tell(f"late {order_id}")
        assert self.answers.readline() == f"{order_id}\n"
        self.keep(OrderUpdate(ts_ns=0, order_id=order_id, symbol="A", status=OrderStatus.ACCEPTED))


def run(sleeps_at):
    engine = LeaseEngine(sys.argv[1], sys.argv[2], int(sys.argv[3]), sleeps_at)
    tell("waits")
    try:
        engine.wait()
        engine.trade()
    except BusyError:  # one that sleeps within a commit holds the file for longer than anybody waits
        pass
    except JournalError as error:
        if "another engine has taken over" not in str(error):
            raise
    tell("lost")


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    for line in sys.stdin:
        if os.fork() == 0:
            try:
                run(int(line))
            except BaseException as error:
                tell(f"failed: {error!r}")
            os._exit(0)


if __name__ == "__main__":
    main()
