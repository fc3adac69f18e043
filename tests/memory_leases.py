"""Keep the lease of one run in memory, for tests and the simulation."""

from tenfold.domain.errors import StorageError
from tenfold.domain.tenure import Tenure


class Store:
    """Hold the lease of one run in memory."""

    def __init__(self):
        self.now = Tenure()
        self.reachable = True

    def view(self, name):
        return View(self, name)


class View:
    """Show the store to one engine."""

    def __init__(self, store, name):
        self.store = store
        self.name = name

    def reach(self):
        if not self.store.reachable:
            raise StorageError("it does not answer")

    def look(self):
        self.reach()
        return self.store.now

    def take(self, seen):
        self.reach()
        if self.store.now != seen:
            return False
        self.store.now = Tenure(epoch=seen.epoch + 1, holder=self.name)
        return True

    def extend(self, epoch):
        self.reach()
        held = self.store.now.epoch == epoch
        if held:
            self.store.now = Tenure(epoch=epoch, beat=self.store.now.beat + 1, holder=self.name)
        return held

    def release(self, epoch):
        if self.store.now.epoch == epoch:
            self.store.now = Tenure(epoch=epoch, beat=self.store.now.beat + 1)
