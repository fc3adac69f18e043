"""Join the parts of the exchange: one thread, no clock, no I/O; requests and the market's events in, answers and updates out.

How it works. Time is that of the replay: `advance` lives through the market's events and the exchange's own due dates in the order of
time, `handle` answers a request at the moment that the request carries. An event moves prices first, then orders; what became of
orders is told before the event itself, since a bar tells at its end what happened within it. Everything that comes in and goes
out is logged, so that two runs on the same input have the same hash.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tenfold.exchange.api.assets import Assets
from tenfold.exchange.api.router import handle
from tenfold.exchange.api.watchlists import Watchlists
from tenfold.exchange.event_log import EventLog
from tenfold.exchange.events import MarketEvent
from tenfold.exchange.faults import Faults, Switch
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
    _listeners: list[Listener] = field(default_factory=list)

    def handle(self, request: Request) -> Response:
        """Answer a request; one that carries an earlier time than the last event counts as of that event."""
        if request.ts_ns < self.now_ns:
            request = replace(request, ts_ns=self.now_ns)
        self.advance(request.ts_ns)
        self.log.request(request)
        response = handle(self, request)
        self.log.response(response, request.ts_ns)
        self._tell_updates()
        return response

    def advance(self, until_ns: int) -> None:
        """Live through everything up to a moment, itself included."""
        replay, trading = self.replay, self.trading
        while True:
            market_ns, own_ns = replay.next_ns(), trading.next_due_ns()
            due_ns = own_ns if market_ns is None or (own_ns is not None and own_ns < market_ns) else market_ns
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
        market_ns, own_ns = self.replay.next_ns(), self.trading.next_due_ns()
        return own_ns if market_ns is None or (own_ns is not None and own_ns < market_ns) else market_ns

    def switch(self, name: str, switch: Switch | None) -> None:
        """Switch a fault on, change it or switch it off; SettingsError for an unknown name."""
        self.faults.set(name, switch)
        self.log.switch(name, switch, self.now_ns)

    def send_foreign_order(self, account: str) -> None:
        """Let somebody else trade in an account, as the fault `external_order` does."""
        self.log.foreign(account, self.now_ns)
        self.trading.outside(account, self.now_ns)
        self._tell_updates()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell a listener everything from now on; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _live(self, event: MarketEvent) -> None:
        self.log.market(event)
        self.latest.on_market(event)
        self.history.on_market(event)
        self.trading.on_market(event)
        self._tell_updates()
        if not is_hidden(event, self.faults):
            for listener in tuple(self._listeners):
                listener(event)

    def _tell_updates(self) -> None:
        for update in self.trading.take_updates():
            self.log.update(update)
            for listener in tuple(self._listeners):
                listener(update)
