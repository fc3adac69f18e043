"""Plant bugs around order management: in the journal, the lease and the market data."""

from frail_disk import FrailJournal
from planting import Planted

from tenfold.engine.live_loop import LiveLoop
from tenfold.market.feeds import Feeds

# the journal


class LazySync(FrailJournal):
    def sync(self):
        if len(self._buffer) > 40:
            super().sync()


class DroppedSync(Planted):
    """The sync returns before anything is durable (fsync left out)."""

    def journal(self, disk, strikes, commits):
        return LazySync(disk, strikes, commits)


class SendsFirst(LiveLoop):
    def turn(self, now_ns):
        kept, self._journal.sync = self._journal.sync, lambda: None
        try:
            return super().turn(now_ns)
        finally:
            self._journal.sync = kept
            self._late = getattr(self, "_late", 0) + 1
            if self._late % 5 == 0:
                kept()


class SyncBehind(Planted):
    """Orders leave first, and are synced in groups later."""

    def loop(self, engine, blotter, journal):
        return SendsFirst(engine, blotter, journal) if journal is not None else LiveLoop(engine, blotter, journal)


class Unfenced(FrailJournal):
    def sync(self):
        self.epoch = self.disk.epoch
        super().sync()


class OldEpochWrites(Planted):
    """A journal takes records of an engine whose lease has passed to another."""

    needs = (("pause", "store away"),)
    engines = 2

    def journal(self, disk, strikes, commits):
        return Unfenced(disk, strikes, commits)


# the lease


class NoLastLook(Planted):
    """The end of the lease is not looked at right before the write."""

    needs = (("store away",),)
    engines = 2

    def trading(self, process, quantities, clock, deadline):
        return super().trading(process, quantities, clock, None)


# market data


class GapsStay(Planted):
    """What was missed while a source was down is asked for, and the answer is not used."""

    needs_feeds = True

    class Forgetful(Feeds):
        def back_filled(self, ts_ns, request, bars):
            return self.advance(ts_ns)

    def feeds(self, symbols, sources, sessions):
        return self.Forgetful(symbols, sources, sessions)


class UpdatesPassBy(GapsStay):
    """A minute that the venue sends again, changed, is passed over."""

    needs = (("late_bar",),)

    class Forgetful(Feeds):
        def _venue_bar(self, one, bar, *others):
            if bar.kind != "updated":
                super()._venue_bar(one, bar, *others)


ELSEWHERE = (DroppedSync, SyncBehind, OldEpochWrites, NoLastLook, GapsStay, UpdatesPassBy)
