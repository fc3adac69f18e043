"""Plant bugs in what is opened beside what nobody knows, and in what is given back once an order has ended."""

from msgspec.structs import replace
from planted_drawn import Engined
from planting import LOST, UNANSWERED, Planted

from tenfold.domain.order import OrderStatus
from tenfold.engine.live_loop import LiveLoop
from tenfold.engine.trader import TraderDesk
from tenfold.execution.open_orders import OpenOrders
from tenfold.risk.admission import Admission


class IgnoresUnknown(Engined):
    """The limit on orders of unknown fate is not looked at."""

    needs = ((*UNANSWERED, *LOST), ("bars soon",))
    guarded = True

    class Lax(Admission):
        def _conditioned(self, order, adds, conditions, shorts):
            return super()._conditioned(order, adds, replace(conditions, unknown_orders=0), shorts)

    def changed(self, engine):
        engine.gate.admission.__class__ = self.Lax


class OldConditions(Planted):
    """Bars are decided on with the conditions told last, whatever orders have become unknown since."""

    needs = ((*UNANSWERED, *LOST), ("bars soon",))
    guarded = True

    class Behind(LiveLoop):
        def _told(self, now_ns):
            last, self._conditions = (
                self._conditions,
                replace(self._conditions, unknown_orders=self.blotter.unknown, reconciling=not self.blotter.ready),
            )
            try:
                return super()._told(now_ns)
            finally:
                self._conditions = last

    def loop(self, engine, blotter, journal):
        return self.Behind(engine, blotter, journal)


class BudgetNotGivenBack(Engined):
    """What an order that was cancelled has not filled stays reserved: what is opened later is refused beside nothing."""

    lawful = True
    votes = False

    class Keeping(OpenOrders):
        def worst(self, symbol, held, order=None):
            long, short = super().worst(symbol, held, order)
            return long + self.__dict__.setdefault("kept", {}).get(symbol, 0), short

        def _move(self, one, status):
            super()._move(one, status)
            if status is OrderStatus.CANCELED and one.order.side.sign > 0:
                kept = self.__dict__.setdefault("kept", {})
                kept[one.order.symbol] = kept.get(one.order.symbol, 0) + one.left

    def changed(self, engine):
        if engine.trader is not None:
            engine.trader.orders.__class__ = self.Keeping


class ForgetsStrangers(Engined):
    """What others' orders in the account may yet fill is not reserved, so that limits are kept by the run alone, and broken by run and person together."""

    needs = (("external_order", "manual_trade"),)
    votes = False

    class Selfish(TraderDesk):
        def worst(self, symbol, order=None):
            others, self._external = self._external, OpenOrders()
            try:
                return super().worst(symbol, order)
            finally:
                self._external = others

    def changed(self, engine):
        if engine.trader is not None:
            engine.trader.__class__ = self.Selfish


LIMITS = (IgnoresUnknown, OldConditions, BudgetNotGivenBack, ForgetsStrangers)
