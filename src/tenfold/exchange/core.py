"""Join the parts of the exchange: one thread, no clock, no I/O; requests and the market's events in, answers and updates out.

How it works. Time is that of the replay: `advance` lives through the market's events and the exchange's own due dates in the order of
time, `handle` answers a request at the moment that the request carries. An event moves prices first, then orders; what became of
orders is told before the event itself, since a bar tells at its end what happened within it. Everything that comes in and goes
out is logged, so that two runs on the same input have the same hash. A listener that fails keeps nothing from others, nor later news from itself:
its error is raised once everything was told.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec.structs import replace

from tenfold.exchange.api.assets import Assets
from tenfold.exchange.api.router import handle
from tenfold.exchange.api.watchlists import Watchlists
from tenfold.exchange.event_log import EventLog
from tenfold.exchange.events import MarketEvent
from tenfold.exchange.faults import Faults, Switch
from tenfold.exchange.market.event_order import earlier
from tenfold.exchange.market.history import History
from tenfold.exchange.market.latest import Latest
from tenfold.exchange.market.market_faults import is_hidden
from tenfold.exchange.market.replay import Replay
from tenfold.exchange.messages import Request, Response, TradeUpdate
from tenfold.exchange.sessions import Sessions
from tenfold.exchange.settings import ExchangeSettings
from tenfold.exchange.trading.trading import Trading
from tenfold.exchange.wire import Ids

Published = MarketEvent | TradeUpdate
Listener = Callable[[Published], None]


@dataclass(eq=False)
class Exchange:
    """Hold a running exchange.

    Attributes
    ----------
    now_ns : replayed time, which never runs backwards
    later : calls a function soon; where it is given, an answer goes out before what its request changed is told
    """

    settings: ExchangeSettings
    faults: Faults
    ids: Ids
    sessions: Sessions
    assets: Assets
    latest: Latest
    history: History
    replay: Replay
    trading: Trading
    watchlists: Watchlists
    log: EventLog
    now_ns: int
    later: Callable[[Callable[[], None]], object] | None = None
    _listeners: tuple[Listener, ...] = ()
    _failures: list[Exception] = field(default_factory=list)

    def handle(self, request: Request) -> Response:
        """Answer a request; one that carries an earlier time than the last event counts as of that event."""
        if request.ts_ns < self.now_ns:
            request = replace(request, ts_ns=self.now_ns)
        self._advance(request.ts_ns)
        self.log.request(request)
        response = handle(self, request)
        self.log.response(response, request.ts_ns)
        if self.later is None:
            self.tell_updates()
        else:
            self.later(self.tell_updates)
        return response

    def advance(self, until_ns: int) -> None:
        """Live through everything up to a moment, itself included."""
        self._advance(until_ns)
        self._raise_failures()

    def _advance(self, until_ns: int) -> None:
        self._tell_updates()
        replay, trading = self.replay, self.trading
        while True:
            own_ns = trading.next_due_ns()
            due_ns = earlier(replay.next_ns(), own_ns)
            if due_ns is None or due_ns > until_ns:
                break
            self.now_ns = max(self.now_ns, due_ns)
            if own_ns == due_ns:
                trading.on_time(due_ns)
                self._tell_updates()
            for event in replay.take(due_ns):
                self._live(event)
        self.now_ns = max(self.now_ns, until_ns)

    def next_ns(self) -> int | None:
        """Return when something happens next, None where nothing will."""
        return earlier(self.replay.next_ns(), self.trading.next_due_ns())

    def tell_updates(self) -> None:
        """Tell what became of orders and was not told yet: always before anything else happens."""
        self._tell_updates()
        self._raise_failures()

    def switch(self, name: str, switch: Switch | None) -> None:
        """Switch a fault on, change it or switch it off; SettingsError for an unknown name."""
        self.tell_updates()
        self.faults.set(name, switch)
        self.log.switch(name, switch, self.now_ns)

    def send_foreign_order(self, account: str) -> None:
        """Let somebody else trade in an account, as the fault `external_order` does."""
        self.tell_updates()
        self.log.foreign(account, self.now_ns)
        self.trading.outside(account, self.now_ns)
        self.tell_updates()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell a listener everything from now on; return what ends that."""
        self._listeners = (*self._listeners, listener)
        return lambda: self._forget(listener)

    def _live(self, event: MarketEvent) -> None:
        self.log.market(event)
        self.latest.on_market(event)
        self.history.on_market(event)
        self.trading.on_market(event)
        if self.trading.has_updates:
            self._tell_updates()
        if not is_hidden(event, self.faults):
            self._tell(event)

    def _tell_updates(self) -> None:
        for update in self.trading.take_updates():
            self.log.update(update)
            self._tell(update)

    def _tell(self, what: Published) -> None:
        for listener in self._listeners:
            try:
                listener(what)
            except Exception as error:  # raised in the end
                self._failures.append(error)

    def _raise_failures(self) -> None:
        failures, self._failures = self._failures, []
        if len(failures) == 1:
            raise failures[0]
        if failures:
            raise ExceptionGroup("listeners of the exchange have failed", failures)

    def _forget(self, listener: Listener) -> None:
        self._listeners = tuple(one for one in self._listeners if one is not listener)
