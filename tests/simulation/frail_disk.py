"""Keep journals on a disk that forgets what was not synced, and that fails or ends the process where a seed says so."""

from tenfold import codec
from tenfold.domain.errors import JournalError, StorageError
from tenfold.domain.events import Event
from tenfold.domain.order import Command

READ = codec.decoder(Event | Command, "msgpack")


class Killed(BaseException):
    """End a process on the spot."""


class Disk:
    """Hold the records that are durable, as bytes, in their order; `epoch` is the highest that has written."""

    def __init__(self):
        self.rows = []
        self.epoch = 0
        self.decoded = []

    def records(self):
        """Return every durable record; each is decoded from its bytes once."""
        if len(self.decoded) < len(self.rows):
            self.decoded += map(READ, self.rows[len(self.decoded) :])
        return self.decoded


class FrailJournal:
    """Be the journal of one process.

    Parameters
    ----------
    strikes : called with the name of a moment; raises what is to happen there
    commits : says whether a transaction that was broken off has become durable: it is one, so all of it or nothing
    """

    def __init__(self, disk, strikes, commits):
        self.disk = disk
        self.epoch = 0
        self._strikes = strikes
        self._commits = commits
        self._buffer = []
        self._followed = 0

    def append(self, records):
        """Buffer records."""
        self._strikes("before append")
        self._buffer += [codec.encode(record, "msgpack") for record in records]
        self._strikes("after append")

    def sync(self):
        """Make durable what was buffered."""
        if not self._buffer:
            return
        self._strikes("before sync")
        if self.epoch < self.disk.epoch:
            raise JournalError("another engine has taken over")
        try:
            self._strikes("within sync")
        except (Killed, StorageError):
            if self._commits():
                self.disk.rows += self._buffer
            raise
        self.disk.rows += self._buffer
        self._buffer = []
        self._strikes("after sync")

    def records(self):
        """Return every durable record, and follow from there."""
        found = list(self.disk.records())
        self._followed = len(found)
        return found

    def follow(self):
        """Return what has become durable since."""
        found = self.disk.records()[self._followed :]
        self._followed += len(found)
        return found
