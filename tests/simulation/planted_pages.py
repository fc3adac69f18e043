"""Plant bugs in what is read in pages, and in market data that are told twice."""

from itertools import islice

from planted_elsewhere import GapsStay
from planting import UNHEARD, Planted

from tenfold.adapters.alpaca.stock import StockTaker
from tenfold.domain.events import Switched
from tenfold.domain.market import BarSet
from tenfold.market.feeds import Feeds


class Stocked(Planted):
    """Take stock by another class."""

    stock = StockTaker

    def trading(self, process, quantities, clock, deadline):
        made = super().trading(process, quantities, clock, deadline)
        made._stock.__class__ = self.stock
        return made

    @classmethod
    def promise(cls, drawn):
        """Return how likely it is to show: on small pages alone."""
        return super().promise(drawn) / drawn.pages[1] ** 2


class FirstPageOfActivities(Stocked):
    """Of the list of executions the first page is read, and nothing of what came while the account was read: that would begin where the page ended."""

    needs = (UNHEARD,)

    class stock(StockTaker):  # noqa: N801 -- the name that the base looks for
        async def _read_account(self, read, since_ns):
            self._since_ns = since_ns
            await super()._read_account(read, since_ns)

        async def _activities(self, since_ns, kinds=None, category=None):
            found = await super()._activities(since_ns, kinds, category)
            if kinds is None and since_ns > self._since_ns:
                return {}
            return dict(islice(found.items(), self._activities_a_page))


class TellsAgainAfterFailover(GapsStay):
    """Where another source is chosen, the last bars are told once more."""

    needs = (("kill", "sequence_gap", "frame lost", "cut"),)

    class Forgetful(Feeds):
        def take(self, *given):
            return self.again(super().take(*given))

        def advance(self, *given):
            return self.again(super().advance(*given))

        def linked(self, *given):
            return self.again(super().linked(*given))

        def again(self, told):
            last = self.__dict__.get("last")
            found = [*told, last] if last is not None and any(isinstance(one, Switched) for one in told) else told
            for one in told:
                if isinstance(one, BarSet):
                    self.last = one
            return found


PAGES = (FirstPageOfActivities, TellsAgainAfterFailover)
