"""Be the venue of a simulation: the real exchange behind bytes of HTTP and frames of its stream, with the faults of its own transport."""

from email.utils import formatdate
from functools import lru_cache
from itertools import chain
from urllib.parse import parse_qsl, unquote

import msgspec

from tenfold.app.live.venue_hours import VenueHours
from tenfold.domain.units import NS_PER_MINUTE, NS_PER_SECOND
from tenfold.exchange.event_log import EventLog
from tenfold.exchange.messages import Request, TradeUpdate
from tenfold.exchange.opening import open_market
from tenfold.exchange.pairs import is_pair
from tenfold.exchange.server.answers import refused_by_fault, spoiled, too_many
from tenfold.exchange.server.app import feeds_of
from tenfold.exchange.server.rate_limit import RateLimit
from tenfold.exchange.settings import ExchangeSettings, ServerSettings
from tenfold.exchange.streams.codec import JSON, MSGPACK
from tenfold.exchange.streams.connections import Connections
from tenfold.exchange.streams.disturbance import Disturbance
from tenfold.exchange.streams.market_data import MarketDataSession
from tenfold.exchange.streams.market_hub import MarketHub
from tenfold.exchange.streams.outbox import Outbox
from tenfold.exchange.streams.trade_updates import TradeUpdatesSession

STEP_S = 0.05
HELD_S = 0.2
FIRST_S = 0.02
SOON_NS = 100 * NS_PER_MINUTE
"""So long before the close orders for its auction are sent."""
BUSY_NS = 40 * NS_PER_MINUTE
"""So long before the open strategies begin to decide."""


@lru_cache(maxsize=1024)
def asked_of(line):
    """Return method, path and query of the first line of a request."""
    method, target, _ = line.decode("latin-1").split(" ")
    path, _, query = target.partition("?")
    return method, unquote(path), dict(chain.from_iterable(map(terms_of, query.split("&"))))


@lru_cache(maxsize=1024)
def terms_of(text):
    """Return the name and the value of a term of a query, nothing where it has none; most come again and again."""
    return parse_qsl(text)


@lru_cache(maxsize=1024)
def headers_of(lines):
    """Return the headers of a request by lower-case name; those of most requests are the same."""
    parts = (line.partition(": ") for line in lines.decode("latin-1").split("\r\n"))
    return {name.lower(): value for name, _, value in parts}


@lru_cache(maxsize=1)
def date_of(second):
    """Return a second since 1970 as headers have it; several answers of one follow each other."""
    return f"{day_of(second // 86_400)}{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02} GMT"


@lru_cache(maxsize=1)
def day_of(day):
    """Return the part of a header's date that names the day."""
    return formatdate(day * 86_400, usegmt=True)[:17]


class NoLog(EventLog):
    """Keep nothing: what a simulation has done is told by its seed."""

    def request(self, request):
        """Pass it over: what is to be kept of it need not be put together."""

    def _append(self, kind, ts_ns, value):
        self.count += 1


class VenueHost:
    """Hold the exchange and who is connected.

    Parameters
    ----------
    loop : whose time is the exchange's
    start_ns, stop_ns : of the market
    faults : the exchange's own, see `tenfold.exchange.chaos`
    activity : of the made-up market
    log : of everything that goes into the exchange and comes out of it, None keeps none

    Attributes
    ----------
    hours : when it takes orders for its auctions, as its calendar has them
    witness : called with each request that reaches the exchange and its answer
    turned_away : names of orders that were refused at least once
    """

    def __init__(self, loop, seed, symbols, start_ns, stop_ns, faults, per_minute, activity=1.0, sessions=(), log=None):
        settings = ExchangeSettings(
            seed=seed, symbols=symbols, start_ns=start_ns, end_ns=stop_ns, faults=faults,
            server=ServerSettings(trading_requests_per_minute=per_minute),
        )  # fmt: skip
        self.loop = loop
        self.start_ns = start_ns
        self.exchange = open_market(settings, None, sessions, log or NoLog(), activity)
        self.faults = self.exchange.faults
        self.settings = settings.server
        self.account = settings.trading.accounts[0].name
        self.limit = RateLimit(per_minute)
        self.data_limit = RateLimit(settings.server.data_requests_per_minute)
        self.connections = Connections(settings.server.connections_max)
        self.feeds = feeds_of(settings.server)
        self.hub = MarketHub(lambda _: None, is_pair)
        self.witness = None
        self.turned_away = set()
        self.streams = []
        self.wires = {}  # in the order in which they came: a set of them has another in each process
        self.restarts = 0
        self.refused = 0  # requests beyond the limit
        self._is_open, self._edge_ns = False, 0
        day = self.exchange.sessions.day_of(start_ns)
        self.hours = VenueHours(self.exchange.sessions.between(day - 7, day + 7))
        self._requests_until_s = 0.0
        self._streams_until_s = 0.0
        self.exchange.later = loop.call_soon
        self.exchange.subscribe(self._told)

    # time

    @property
    def now_ns(self):
        """The exchange's time."""
        return self.start_ns + self.loop.now_ns

    @property
    def is_open(self):
        """Whether a session is under way; looked up again at the next opening or close."""
        now_ns = self.now_ns
        if now_ns >= self._edge_ns:
            sessions = self.exchange.sessions
            self._is_open = sessions.is_open(now_ns)
            self._edge_ns = min(sessions.next_open(now_ns), sessions.next_close(now_ns))
        return self._is_open

    @property
    def is_busy(self):
        """Whether a session is under way, or begins soon."""
        return self.is_open or self._edge_ns - self.now_ns < BUSY_NS

    def auctions(self, ts_ns):
        """Return times in force among which somebody may choose at a moment: those for the auction to come, now and then for the other, and mostly none."""
        sessions = self.exchange.sessions
        if not sessions.is_open(ts_ns):
            return ("opg", "opg", "opg", "opg", "cls", "")
        soon = sessions.next_close(ts_ns) - ts_ns < SOON_NS
        return ("cls", "cls", "cls", "opg", "", "", "") if soon else ("cls", *[""] * 12)

    def closes_soon(self, seconds):
        """Say whether a session is under way that ends within so many seconds."""
        return self.is_open and self.edge_soon(seconds)

    def edge_soon(self, seconds):
        """Say whether the market opens or closes within so many seconds."""
        return self._edge_ns - self.now_ns < seconds * NS_PER_SECOND

    @property
    def books(self):
        """The orders, positions and cash of the account."""
        return self.exchange.trading._account(self.account, self.now_ns)

    def live(self):
        """Let the exchange's time pass from now on."""
        self.exchange.advance(self.now_ns)
        due_ns = self.exchange.next_ns()
        wait_s = 60.0 if due_ns is None else (due_ns - self.now_ns) / 1e9
        self.loop.call_later(min(max(wait_s, STEP_S), 60.0), self.live)

    # requests

    @property
    def refuses_connections(self):
        """Say whether no new connection is taken."""
        return self.loop.time() < self._requests_until_s

    def arrives(self, wire, data):
        """Take the bytes of a request; `wire` is None for what nobody waits for."""
        head, _, body = data.partition(b"\r\n\r\n")
        line, _, rest = head.partition(b"\r\n")
        method, path, query = asked_of(line)
        self.loop.call_soon(self._answer, wire, method, path, query, headers_of(rest), body)

    def _answer(self, wire, method, path, query, headers, body):
        """Answer as `exchange.server.transport` does."""
        faults = self.faults
        if wire is not None and self._broken_before(wire, method):
            wire.reset()
            return
        limit = self.data_limit if path.startswith("/v2/stocks") else self.limit
        allowance = limit.ask(headers.get("apca-api-key-id", ""), self.loop.time())
        self.refused += not allowance.allowed
        response = refused_by_fault(faults) if allowance.allowed else too_many(allowance.reset_s)
        if response is None:
            restarts = self.exchange.trading.restarts
            response = self._handle(Request(method, path, query, headers, body, self.now_ns))
            self._note_refusal(method, response, body)
            if self.exchange.trading.restarts != restarts:
                self._restarted()
            elif method == "POST" and faults.strikes("event_before_response"):
                self.loop.call_later(FIRST_S, self._hold, wire, response, allowance)
            else:
                self._hold(wire, response, allowance)
        else:
            self._note_refusal(method, response, body)
            if wire is not None:
                self._leave(wire, response, allowance)

    def _note_refusal(self, method, response, body):
        """Note the name of an order that was turned away and is not there: where the same comes twice, the second may be taken all the same."""
        if method == "POST" and response.status >= 400:
            name = msgspec.json.decode(body).get("client_order_id")
            if name not in self.books.client_ids:
                self.turned_away.add(name)

    def _hold(self, wire, response, allowance):
        """Keep an answer back, where a fault says so."""
        if self.faults.strikes("slow_response"):
            self.loop.call_later(self.faults.value("slow_response"), self._spoil, wire, response, allowance)
        else:
            self._spoil(wire, response, allowance)

    def _spoil(self, wire, response, allowance):
        """Lose an answer or spoil it, where a fault says so."""
        if wire is None:
            return
        if self.faults.strikes("response_lost"):
            wire.reset()
        else:
            self._leave(wire, spoiled(response, self.faults), allowance)

    def _leave(self, wire, response, allowance):
        """Let an answer leave: whole, in two, cut off, or not at all."""
        faults, network, raw = self.faults, self.network, self._written(response, allowance)
        if faults.strikes("reset_after_bytes"):
            wire.answer(raw[: int(faults.value("reset_after_bytes"))], network.delay_s())
            wire.reset()
        elif network.strikes("response lost") or network.is_cut:
            wire.reset(network.chance.uniform(0.0, 8.0))
        elif network.strikes("response in two"):
            half = network.chance.randrange(1, len(raw))
            wire.answer(raw[:half], network.delay_s())
            wire.answer(raw[half:], network.delay_s())
        else:
            wire.answer(raw, network.delay_s())

    def _broken_before(self, wire, method):
        faults = self.faults
        self.wires[wire] = None
        if faults.strikes("connection_refused"):
            self._requests_until_s = self.loop.time() + faults.value("connection_refused")
            return True
        kept, wire.kept = wire.kept, True
        if kept and faults.strikes("keepalive_closed"):
            return True
        if method in {"POST", "PUT", "PATCH"} and faults.strikes("reset_before_body"):
            return True
        return faults.strikes("request_lost")

    def _handle(self, request):
        exchange, faults = self.exchange, self.faults
        response = exchange.handle(request)
        if self.witness is not None:
            self.witness(request, response)
        if request.method == "POST" and faults.strikes("post_twice"):
            exchange.handle(request)
        if (
            request.method == "POST"
            and request.path == "/v2/orders"
            and response.status == 200
            and faults.strikes("external_order")
        ):
            exchange.send_foreign_order(self.account)
        return response

    def _restarted(self):
        """Cut every connection, as who restarts does."""
        for wire in self.wires:
            wire.reset()
        self.wires.clear()
        for stream in list(self.streams):
            stream.cut()

    def _written(self, response, allowance):
        now_ns = self.now_ns
        headers = {
            "Date": date_of(now_ns // NS_PER_SECOND),
            "Content-Length": str(len(response.body)),
            **response.headers,
            **allowance.headers(now_ns),
        }
        head = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        return f"HTTP/1.1 {response.status} OK\r\n{head}\r\n".encode() + response.body

    # the stream

    def opens(self, stream):
        """Return the session of a new stream of orders, None where it is refused."""
        faults = self.faults
        if self._refuses_streams():
            return None
        session = TradeUpdatesSession(
            JSON, self.exchange.settings.account_of, self.connections, Outbox(JSON, 100, 10_000), Disturbance(faults)
        )
        session.outbox.wake = stream.flush
        self.streams.append(stream)
        return session

    def opens_feed(self, path):
        """Return what opens a stream of market data of a feed."""
        return lambda stream: self._market(stream, path)

    def _market(self, stream, path):
        if self._refuses_streams():
            return None
        slow = self.faults.strikes("slow_consumer")
        outbox = Outbox(MSGPACK, 100, max(1, int(self.faults.value("slow_consumer"))) if slow else 10_000)
        session = MarketDataSession(
            self.feeds[path], MSGPACK, self.exchange.settings.account_of, self.connections, outbox
        )
        session.patient = not slow
        session.outbox.wake = stream.flush
        session.open(None, True)
        self.hub.join(session)
        return session

    def _refuses_streams(self):
        faults = self.faults
        if faults.strikes("stream_refused"):
            self._streams_until_s = self.loop.time() + faults.value("stream_refused")
        return self.loop.time() < self._streams_until_s

    def received(self, stream):
        """Look at what a message of a client has changed."""
        if isinstance(stream.session, MarketDataSession) and stream.session.changed:
            self.hub.refresh()

    def closes(self, stream):
        """Forget a stream."""
        if stream in self.streams:
            self.streams.remove(stream)
            stream.session.closed()
        elif isinstance(stream.session, MarketDataSession) and stream.session in self.hub.sessions:
            stream.session.closed()
            self.hub.leave(stream.session)

    def _told(self, published):
        if isinstance(published, TradeUpdate):
            for stream in list(self.streams):
                stream.session.put(published)
                if stream.session.holding:
                    self.loop.call_later(HELD_S, stream.session.release)
        else:
            self.hub.publish(published)
