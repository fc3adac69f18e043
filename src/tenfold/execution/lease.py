"""Decide when an engine may trade, so that there are never two that do.

How it works. The holder shows a sign of life in the store, and may send for `lease_ns` from the moment before it did: `deadline_ns`,
which the sender compares with the clock right before each write. Whoever waits takes over once no sign of life has come for
`lease_ns` and a margin, counted from a moment after it had looked: by then the holder's deadline has passed, whatever either
process was doing. Then it takes over on what it saw last, without another look: the store refuses where that has changed since. The clocks are monotonic, count the time that a machine sleeps, and are never compared with one another; the
margin is for what they drift apart. Taking over raises the epoch, and a sync of the journal under an older one is refused, so that
what an old holder could still send is what it had synced before and compared its deadline for, and was paused in between. That
window is all that remains.
"""

from typing import Final

from tenfold.domain.tenure import Tenure
from tenfold.ports import LeaseStore

LEASE_NS: Final = 750_000_000
MARGIN_NS: Final = 250_000_000


class Lease:
    """Hold the right to trade a run, or wait for it.

    Attributes
    ----------
    epoch : of this holder, 0 before it is one
    deadline_ns : moment of the monotonic clock from which nothing may be sent; 0 while it is not held
    """

    def __init__(self, store: LeaseStore, *, lease_ns: int = LEASE_NS, margin_ns: int = MARGIN_NS) -> None:
        self.epoch = 0
        self.deadline_ns = 0
        self._store = store
        self._lease_ns = lease_ns
        self._margin_ns = margin_ns
        self._seen: Tenure | None = None
        self._since_ns: int | None = None
        self._refused = False

    def seek(self, now_ns: int) -> bool:
        """Look once, and take over where nobody can be sending any more; True once it is held.

        `now_ns` is the monotonic clock, read right before the call. Call it several times within the margin; after an error of the
        store, which is raised, the wait begins anew.
        """
        try:
            known = None if self._refused or not self._passed(now_ns) else self._seen
            found = self._store.look() if known is None else known
            if not self._waited(found, now_ns):
                return False
            self._refused = not self._store.take(found)
            if self._refused:
                return False
        except Exception:
            self._seen = None
            raise
        self.epoch = found.epoch + 1
        self.deadline_ns = now_ns + self._lease_ns
        self._seen = None
        return True

    def watch(self, now_ns: int) -> None:
        """Look once without taking over, so that the wait passes while whoever waits is not ready yet; errors as `seek`."""
        try:
            self._waited(self._store.look(), now_ns)
        except Exception:
            self._seen = None
            raise

    def renew(self, now_ns: int) -> bool:
        """Show a sign of life, several times within a lease; False where another has taken over, and for good.

        `now_ns` is the monotonic clock, read right before the call. Where the store does not answer the deadline stays as it is; past
        it, nothing is sent until this succeeds again.
        """
        if self.epoch == 0 or not self._store.extend(self.epoch):
            self.epoch = self.deadline_ns = 0
            return False
        self.deadline_ns = now_ns + self._lease_ns
        return True

    def release(self) -> None:
        """Let go, so that another need not wait; nothing may be sent from here on."""
        epoch, self.epoch, self.deadline_ns = self.epoch, 0, 0
        if epoch:
            self._store.release(epoch)

    def _waited(self, found: Tenure, now_ns: int) -> bool:
        if found.vacant:
            return True
        self._refused = False
        if found != self._seen:
            self._seen, self._since_ns = found, None  # the wait counts from a moment that is surely later
            return False
        if self._since_ns is None:
            self._since_ns = now_ns
        return self._passed(now_ns)

    def _passed(self, now_ns: int) -> bool:
        """Say whether what was seen last has stood for long enough."""
        return self._since_ns is not None and now_ns - self._since_ns >= self._lease_ns + self._margin_ns
