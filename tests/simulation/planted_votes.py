"""Plant bugs in what follows from votes: how they are counted, what is entered, and the exits that stand for it."""

from msgspec.structs import replace
from planted_drawn import Engined
from planting import DEATHS, Planted

from tenfold.domain.market import BarSet
from tenfold.domain.order import Submit
from tenfold.engine.exiting import ExitingEngine
from tenfold.engine.live_loop import LiveLoop
from tenfold.engine.vote_desk import VoteDesk
from tenfold.ensemble.vote import decided
from tenfold.execution.exits import AttachedExits

# the vote


class CountedTwice(Planted):
    """After a recovery the strategies are asked once more about the last bars, so that they have seen these twice."""

    needs = (DEATHS,)
    votes = True

    class Twice(LiveLoop):
        def live_through(self, records):
            last = []
            count = super().live_through(self.noted(records, last))
            if last and self.engine.trader is None and self._journal is not None:
                self.engine._ask(last[0])
            return count

        def noted(self, records, last):
            for record in records:
                if isinstance(record, BarSet):
                    last[:] = [record]
                yield record

    def loop(self, engine, blotter, journal):
        return self.Twice(engine, blotter, journal)


class OfThosePresent(Engined):
    """The share that decides is that of those who vote, so that few decide where the others abstain."""

    votes = True

    class Present(ExitingEngine):
        def _ask(self, bars):
            before = {symbol: state.direction for symbol, state in self.symbols.items()}
            super()._ask(bars)
            rule = self.rules.vote
            for bar in bars.bars:
                state = self.symbols[bar.symbol]
                scores = self.latest[state.index]
                present = sum(
                    weight for score, weight in zip(scores, self.weights, strict=True) if abs(score) >= rule.ballot
                )
                total = present or self._total
                state.direction, _ = decided(before[bar.symbol], scores, self.weights, total, rule)

    def changed(self, engine):
        engine.__class__ = self.Present


class IgnoresLateFills(Engined):
    """What an order fills in whose place there is another by now changes nothing of what is wanted."""

    needs = (("latency_s",), ("partial_then_cancel", "cancel_rejected", "pending_cancel_stuck"))
    votes = True

    class Deaf(VoteDesk):
        def late(self, fill):
            return []

    def changed(self, engine):
        engine._desk.__class__ = self.Deaf


class EntersAgain(Engined):
    """What an exit has taken out is entered again in the same direction with the next bars."""

    votes = True

    class Eager(VoteDesk):
        def leave(self, ts_ns, symbol, *, whole=False):
            found = super().leave(ts_ns, symbol, whole=whole)
            self.symbols[symbol].stopped = False
            return found

    def changed(self, engine):
        engine._desk.__class__ = self.Eager

    @classmethod
    def promise(cls, drawn):
        """Return how likely it is to show: where positions are brought to their size again."""
        return super().promise(drawn) * (
            drawn.ensemble is not None and drawn.ensemble.sizing.rebalance_frac is not None
        )


# the exits


class OtherExits(Engined):
    """Attach exits of another class."""

    votes = True
    exits = AttachedExits

    def changed(self, engine):
        engine._exits.__class__ = self.exits


class NoExitsForAPart(OtherExits):
    """Exits are attached to what fills at once: after an execution of a part there are none."""

    needs = (("random_partial",),)
    lawful = True

    class exits(AttachedExits):  # noqa: N801 -- the name that the base looks for
        def on_fill(self, fill, position, way):
            asked = self._asked.get(fill.order_id)
            if asked is not None and fill.qty < asked.qty:
                return []
            return super().on_fill(fill, position, way)


class Unmarked(AttachedExits):
    """Be exits that are not marked to do no more than close: else order management keeps them to what is held, whatever they ask for."""

    def _renew(self, symbol, ts_ns, lots):
        found = super()._renew(symbol, ts_ns, lots)
        return [replace(one, closes=False) if isinstance(one, Submit) else one for one in found]


class ExitsForTheOrdered(OtherExits):
    """Exits are for what was ordered and not for what has filled."""

    needs = (("random_partial",),)
    lawful = True

    class exits(Unmarked):  # noqa: N801
        def _renew(self, symbol, ts_ns, lots):
            found, entry = super()._renew(symbol, ts_ns, lots), self._held[symbol].entry
            if entry is None or entry.qty <= abs(lots):
                return found
            return [
                replace(one, order=replace(one.order, qty=entry.qty)) if isinstance(one, Submit) else one
                for one in found
            ]


class ExitsOutliveThePosition(OtherExits):
    """Exits stay where a position was closed otherwise."""

    class exits(Unmarked):  # noqa: N801
        def clear(self, symbol, ts_ns):
            return []


class ExitsDoNotGrow(OtherExits):
    """Exits that rest stay as large as they were when a position grows."""

    needs = (("random_partial",),)

    class exits(AttachedExits):  # noqa: N801
        def _fit(self, symbol, ts_ns, lots, way):
            held = self._held[symbol]
            return [] if held.working else super()._fit(symbol, ts_ns, lots, way)


VOTED = (
    CountedTwice, OfThosePresent, IgnoresLateFills, EntersAgain, NoExitsForAPart, ExitsForTheOrdered, ExitsOutliveThePosition,
    ExitsDoNotGrow,
)  # fmt: skip
