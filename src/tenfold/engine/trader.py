"""Ask a strategy that works its own orders, and pass what it wants through the risk gate."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec import structs

from tenfold.domain.errors import OrderError, StrategyError
from tenfold.domain.events import Event
from tenfold.domain.market import BarSet
from tenfold.domain.order import Cancel, Command, Order, OrderStatus, OrderUpdate, Rejection, Replace, Submit
from tenfold.domain.units import money_scale
from tenfold.engine.asked import in_terms
from tenfold.engine.failures import count_error
from tenfold.engine.view import Ids, View
from tenfold.execution.open_orders import LEGS, OpenOrder, OpenOrders
from tenfold.ledger.ledger import Ledger
from tenfold.ports import Trader
from tenfold.risk.admission import STOPPED, Exposure, rejected
from tenfold.risk.gate import Gate, Wish
from tenfold.risk.own_orders import refusal
from tenfold.risk.rules.crossing import crosses
from tenfold.risk.rules.finding import Finding

_ROUNDS_MAX: Final = 1000
_SENT_MAX: Final = 10_000
"""Names of orders that are remembered to have been sent: they are not kept for ever."""
_NOT_GIVEN: Final = "view.submit names orders: any other name may be that of an order of another run of the account"


class TraderDesk:
    """Hold a trader's working orders, and decide which of its commands are sent.

    Attributes
    ----------
    orders : what may still fill
    failures, errors : events at which the trader raised, and how often each error did
    elsewhere : lots that the engine's own orders may still buy in a symbol, and (negative) sell: what a breaker has sent
    """

    def __init__(self, trader: Trader, ledger: Ledger, gate: Gate, external: OpenOrders, *, short: bool) -> None:
        self.orders = OpenOrders()
        self._external = external
        self.failures = 0
        self.errors: dict[str, int] = {}
        money = float(10 ** money_scale(next(iter(ledger.instruments.values())).currency))
        self.view = View(ledger, self.orders, money)
        self._trader = trader
        self._ledger = ledger
        self._gate = gate
        self._short = short
        self.elsewhere: Callable[[str], tuple[int, int]] = _none
        self._untold: list[Event] = []  # ends of orders that were never sent
        self._sent: dict[str, None] = {}  # a venue takes a name once

    def begin(self, run: str, epoch: int) -> None:
        """Name orders by this run and epoch."""
        self.view.ids = Ids(run, epoch)

    def on_event(self, event: Event, *, entries: bool) -> list[Command]:
        """Return the commands that the trader gives and the gate admits; without `entries` only cancels.

        A refused command comes back to the trader as an update, which it may answer in turn; one that answers without end is no longer asked.
        """
        self.orders.on_report(event)
        waiting: list[Event] = [*self._untold, event]
        self._untold = []
        commands: list[Command] = []
        for count, one in enumerate(waiting):
            if count >= _ROUNDS_MAX:  # what is refused live, say while a symbol is halted, may be in no backtest
                self._failed(f"StrategyError: it answered {count} refusals with further orders; stop at a refusal")
                break
            self.view.ts_ns = event.ts_ns
            for command in self._asked(one):
                refused = self._refused(command, entries)
                if refused is None:
                    commands += [*self._ahead(command), command]
                else:
                    waiting.append(refused)
        return commands

    @property
    def learns(self) -> bool:
        """Whether the trader is shown what closed while nobody traded."""
        return callable(getattr(self._trader, "on_past", None))

    def show(self, bars: BarSet) -> None:
        """Show the trader what closed while nobody traded, where it has `on_past(bars)`; it orders nothing then."""
        trader: Any = self._trader
        if not self.learns:
            return
        try:
            trader.on_past(bars)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # as of `on_event`
            self._failed(f"{type(error).__name__}: {error}")

    def keep(self, working: Mapping[str, Order]) -> set[str]:
        """Keep of the orders that work here those that were sent, and return them; the strategy is told the end of the others.

        Other code has numbered its orders as this one did: what was sent under a name may be another order.
        """
        for one in self.orders.of():
            sent = working.get(one.order.order_id)
            if sent is None or not _is_of(one, sent):
                gone = _ended(one.order, self.view.ts_ns)
                self.orders.on_report(gone)
                self._untold.append(gone)
        return {one.order.order_id for one in self.orders.of()}

    def cancel_all(self, ts_ns: int, symbol: str | None = None) -> list[Command]:
        """Return commands that cancel everything that works, of all symbols or of one."""
        return [
            Cancel(order_id=one.order.order_id, ts_ns=ts_ns, symbol=one.order.symbol) for one in self.orders.of(symbol)
        ]

    def withdraw(self, ts_ns: int) -> list[Command]:
        """Return commands that cancel what works for more risk; what closes a position goes on, the legs of what an entry has filled too."""
        return [
            Cancel(order_id=one.order.order_id, ts_ns=ts_ns, symbol=one.order.symbol)
            for one in self.orders.of()
            if self._may_open(one, self._ledger.position(one.order.symbol).lots)
        ]

    def _may_open(self, one: OpenOrder, held: int) -> bool:
        """Say whether what is left of an order may bring a position further to its side: a leg closes no more than its entry has filled, and ends with it."""
        left, order = one.exposed, one.order
        entry_filled = self.orders.filled_of(order.parent_id) if order.order_class in LEGS and order.parent_id else None
        if entry_filled is not None:
            left = min(left, max(entry_filled - one.filled, 0))
            entry = next(
                (two.order for two in self.orders.of(order.symbol) if two.order.order_id == order.parent_id), None
            )
            if entry is not None and entry.side is order.side:  # it adds to what its entry may fill even now
                return True
        return held * order.side.sign > 0 or left > abs(held)

    def _asked(self, event: Event) -> list[Submit | Cancel | Replace]:
        try:
            given: Any = self._trader.on_event(event, self.view)
            sequence = isinstance(given, list) or isinstance(given, Sequence)  # noqa: SIM101 -- the first is told at once
            commands = list(given) if sequence else []
            if given is not None and not sequence:
                raise StrategyError(f"on_event gave {type(given).__name__}, expected a list of commands")
            for command in commands:
                if not isinstance(command, Submit | Cancel | Replace):
                    raise StrategyError(f"on_event gave {type(command).__name__}, expected Submit, Cancel or Replace")
            return [in_terms(command, self._ledger.instruments) for command in commands]
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # whatever a user's code raises is counted, a panic of polars too
            self._failed(f"{type(error).__name__}: {error}")
            return []

    def _failed(self, text: str) -> None:
        count_error(self.errors, text)
        self.failures += 1

    def _refused(self, command: Submit | Cancel | Replace, entries: bool) -> OrderUpdate | None:
        """Return the update that refuses a command, or None where it is sent; what is sent counts from now on."""
        order_id = command.order.order_id if isinstance(command, Submit) else command.order_id
        if text := self._misnamed(command, order_id):
            return _refusal(command, order_id, OrderStatus.REJECTED, text)
        if isinstance(command, Cancel):
            self._gate.admission.sent(self.view.ts_ns, None)
            return None
        try:
            order = command.order if isinstance(command, Submit) else self.orders.replaced(command)
        except OrderError as error:  # a market order that still waits takes no price
            self._failed(f"OrderError: {error}")
            return _refusal(command, order_id, OrderStatus.ACCEPTED, str(error))
        rejection = self._judged(structs.replace(order, ts_ns=self.view.ts_ns), entries)  # an order is changed now
        if rejection is not None:
            self._gate.rejections.append(rejection)
            text = f"{rejection.rule}: {rejection.value:g} is beyond {rejection.limit:g}"
            stands = OrderStatus.REJECTED if isinstance(command, Submit) else OrderStatus.ACCEPTED  # on its old terms
            return _refusal(command, order_id, stands, text)
        adds = self._adds(order) if self._gate.admission.has_power else 0
        if isinstance(command, Submit):
            self._gate.admission.sent(self.view.ts_ns, order, adds)  # whatever stamp it was given
            self._sent[order_id] = None
            if len(self._sent) > _SENT_MAX:
                del self._sent[next(iter(self._sent))]
            self.orders.add(order)
        else:
            self._gate.admission.sent(self.view.ts_ns, None, adds)
            self.orders.change(order)
        return None

    def _misnamed(self, command: Submit | Cancel | Replace, order_id: str) -> str:
        """Return why a command cannot go by the name that it has, "" where it can."""
        works = order_id in self.orders
        if not isinstance(command, Submit):
            return "" if works else "no such order is working"
        if works:
            return "an order with this id is working"
        if order_id in self._sent:
            return "an order with this id was sent before"
        return "" if self.view.gives(order_id) else _NOT_GIVEN

    def _ahead(self, command: Submit | Cancel | Replace) -> list[Command]:
        """Return what is cancelled ahead of an order, or of new terms of one, that lowers risk, so that it does not meet our own."""
        if isinstance(command, Cancel) or not self._gate.limits.refuse_self_cross:
            return []
        order = command.order if isinstance(command, Submit) else self.orders.replaced(command)
        ts_ns, met = self.view.ts_ns, [one for one in self._met(order) if self._awake(one)]
        for _ in met:
            self._gate.admission.sent(ts_ns, None)
        return [Cancel(order_id=one.order_id, ts_ns=ts_ns, symbol=one.symbol) for one in met]

    def _adds(self, order: Order) -> int:
        """Return what an order adds to the exposure of its symbol at worst, money units."""
        exposure = self._exposure(order)
        return max(exposure.after - exposure.before, 0) * self._ledger.mark_of(order.symbol)

    def _judged(self, order: Order, entries: bool) -> Rejection | None:
        ledger, symbol = self._ledger, order.symbol
        if not entries:
            return rejected(order, STOPPED)
        exposure = self._exposure(order)
        wish = self._beside(order, exposure)
        found = refusal(
            self._gate, order, exposure, ledger.mark_of(symbol), ledger.equity, wish, short=self._short,
            close=ledger.closes[symbol], working=self._met(order) if self._gate.limits.refuse_self_cross else (),
        )  # fmt: skip
        if found is None and order.order_id in self.orders:
            found = self._moved(order, exposure.held)
        return None if found is None else rejected(order, found)

    def _moved(self, order: Order, held: int) -> Finding | None:
        """Return why an order that works may not have new prices, or None: what closes, and what follows the fills of its entry, may have any."""
        left = order.qty - (self.orders.filled_of(order.order_id) or 0)
        leg = order.order_class in LEGS and order.parent_id is not None
        if leg or (order.side.sign * held < 0 and left <= abs(held)):
            return None
        before = next(one.order for one in self.orders.of(order.symbol) if one.order.order_id == order.order_id)
        found = self._gate.admission.move(order, before, self._ledger.closes[order.symbol])
        if found is not None:
            self._gate.count(found.rule)
        return found

    def _exposure(self, order: Order) -> Exposure:
        held = self._ledger.position(order.symbol).lots
        buys, sells = self.elsewhere(order.symbol)
        left = max(held + sells, 0) if held > 0 else min(held + buys, 0)  # what a breaker closes is not closed twice
        return Exposure(*self.worst(order.symbol), *self.worst(order.symbol, order), left)

    def worst(self, symbol: str, order: Order | None = None) -> tuple[int, int]:
        """Return the most that a position can become, long and short, by everything that works: the trader's, the engine's and others' orders."""
        long, short = self.orders.worst(symbol, self._ledger.position(symbol).lots, order)
        buys, sells = self.elsewhere(symbol)
        theirs, others = self._external.worst(symbol, 0)
        return long + buys + theirs, short + sells + others

    def _beside(self, order: Order, exposure: Exposure) -> Wish:
        """Return what is committed in all other symbols, at its worst for the side of the order."""
        ledger, facing = self._ledger, order.side.sign
        others: list[tuple[str, int, int]] = []
        net = gross = 0
        for other in ledger.instruments:
            if other != order.symbol:
                long, short = self.worst(other)
                mark = ledger.worth_of(other) if long or short else 0
                net += (long if facing > 0 else short) * mark
                larger = long if abs(long) >= abs(short) else short
                if larger:
                    others.append((other, larger, mark))
                    gross += abs(larger) * mark
        return Wish(facing, facing * exposure.before, 0, others, net, gross)

    def _met(self, order: Order) -> list[Order]:
        """Return our own orders that an order would meet, each once: on its terms of now, or on those that the venue may still have it on."""
        listed = [terms for one in self.orders.of(order.symbol) for terms in (one.order, *one.before)]
        met = {other.order_id: other for other in listed if crosses(order, other) and self._meet(order, other)}
        return list(met.values())

    def _meet(self, order: Order, other: Order) -> bool:
        """Say whether two orders that cross may be there at the same time.

        The legs of an entry sleep until it fills: they meet nothing but a limit that may still work by then, as neither their entry does nor what is for its auction.
        """
        awake, beside = self._awake(order), self._awake(other)
        if awake is beside:
            return awake
        leg, waiting = (other, order) if awake else (order, other)
        entry = next((one.order for one in self.orders.of(leg.symbol) if one.order.order_id == leg.parent_id), None)
        if entry is None or entry.order_id == waiting.order_id or None in (leg.limit_price, waiting.limit_price):
            return False
        return not waiting.auction or entry.auction != waiting.auction

    def _awake(self, order: Order) -> bool:
        """Say whether an order can trade: the legs of an entry sleep until it fills."""
        if order.order_class not in LEGS or order.parent_id is None:
            return True
        return self.orders.filled_of(order.parent_id) != 0


def _ended(order: Order, ts_ns: int) -> OrderUpdate:
    """Return the end of an order that was decided on and never sent."""
    text = "it was never sent: other code traded then"
    return OrderUpdate(
        ts_ns=ts_ns, order_id=order.order_id, symbol=order.symbol, status=OrderStatus.CANCELED, text=text
    )


def _is_of(one: OpenOrder, left: Order) -> bool:
    """Say whether what is left of an order that was sent may be left of one that works here."""
    order = one.order
    return (order.symbol, order.side, order.type, one.left) == (left.symbol, left.side, left.type, left.qty)


def _none(symbol: str) -> tuple[int, int]:
    """Say that nothing works besides."""
    return 0, 0


def _refusal(command: Submit | Cancel | Replace, order_id: str, status: OrderStatus, text: str) -> OrderUpdate:
    symbol = command.order.symbol if isinstance(command, Submit) else command.symbol
    ts_ns = command.order.ts_ns if isinstance(command, Submit) else command.ts_ns
    return OrderUpdate(ts_ns=ts_ns, order_id=order_id, symbol=symbol, status=status, text=text)
