"""A client over real sockets that keeps what it meets, and what of it shows a fault of connections or of streams."""

import asyncio
import itertools
import json
import time
from collections import Counter, defaultdict
from typing import ClassVar

import aiohttp

from tenfold.exchange.messages import TradeUpdate

ENDINGS = {"fill", "canceled", "rejected", "expired"}


class FaultSession:
    """Listen to both streams, send orders of which each has a quantity of its own, and keep everything.

    Attributes
    ----------
    sent : status of each POST by quantity, 0 where the connection broke
    answers : (status, seconds, decoded body or None where it is no JSON) of each request that was answered
    broken : names of what went wrong with connections
    heard : (moment, decoded update, whether it was a text frame) of the trading stream
    ends : close codes of streams; refused : status of refused upgrades, codes of refused streams
    told : what the exchange itself told, since both streams listened
    """

    quantities = itertools.count(11)
    ever_sent: ClassVar[set[int]] = set()

    def __init__(self, running):
        self.running = running
        self.sent = {}
        self.answered_at = {}
        self.answers = []
        self.broken = Counter()
        self.heard = []
        self.ends = []
        self.refused = []
        self.waited_s = []
        self.told = []
        self._listening = {"updates": asyncio.Event(), "market": asyncio.Event()}
        self._headers = {"APCA-API-KEY-ID": running.key, "APCA-API-SECRET-KEY": running.secret}

    async def run(self, seen, once_listening=bool):
        """Go on, with new connections every few rounds, until something is seen."""
        self._once_listening = once_listening
        while not seen(self):
            await self._some_rounds(seen)

    async def _some_rounds(self, seen):
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            readers = [asyncio.ensure_future(self._listen(session, one)) for one in ("updates", "market")]
            stop = None
            try:
                for _ in range(3):
                    await asyncio.gather(*(one.wait() for one in self._listening.values()))
                    self._once_listening()
                    stop = stop or self.running.call(lambda: self.running.exchange.subscribe(self._keep))
                    await self._round(session)
                    if seen(self):
                        return
            except (aiohttp.ClientError, OSError) as error:
                self.broken[type(error).__name__] += 1
            finally:
                if stop is not None:
                    self.running.call(stop)
                for reader in readers:
                    reader.cancel()
                await asyncio.gather(*readers, return_exceptions=True)

    def known(self):
        """Return how many orders the exchange has of each quantity."""
        orders = self.running.exchange.trading._b.orders
        return self.running.call(lambda: Counter(int(one.qty // 10**9) for one in orders.values() if one.side == 1))

    def _keep(self, event):
        if isinstance(event, TradeUpdate):
            self.told.append((event.order["id"], event.event))

    async def _round(self, session):
        for price in ({"type": "market"}, {"type": "limit", "limit_price": "1.00"}):
            qty = next(self.quantities)
            body = {"symbol": "AAPL", "qty": str(qty), "side": "buy", "time_in_force": "day", **price}
            self.sent[qty] = 0
            self.ever_sent.add(qty)
            self.sent[qty] = await self._ask(session, "POST", "/v2/orders", body)
            self.answered_at[str(qty)] = time.monotonic()
        await asyncio.sleep(0.2)
        await self._ask(session, "DELETE", "/v2/orders")
        await self._ask(session, "DELETE", "/v2/positions")
        await asyncio.sleep(0.3)

    async def _ask(self, session, method, path, body=None):
        """Return the status of an answer, 0 where there was none."""
        start = time.monotonic()
        try:
            async with session.request(method, self.running.url + path, json=body, headers=self._headers) as answer:
                raw = await answer.read()
        except (aiohttp.ClientError, OSError) as error:
            self.broken[type(error).__name__] += 1
            return 0
        try:
            decoded = json.loads(raw)
        except json.JSONDecodeError:
            decoded = None
        self.answers.append((answer.status, time.monotonic() - start, decoded))
        return answer.status

    async def _listen(self, session, which):
        """Read a stream, and open it again where it ends."""
        while True:
            self._listening[which].clear()
            try:
                await (self._updates(session) if which == "updates" else self._market(session))
            except aiohttp.WSServerHandshakeError as error:
                self.refused.append(error.status)
            except (aiohttp.ClientError, OSError) as error:
                self.broken[type(error).__name__] += 1
            await asyncio.sleep(0.05)

    async def _updates(self, session):
        async with session.ws_connect(self.running.trading_stream_url) as socket:
            start = time.monotonic()
            login = {"key_id": self.running.key, "secret_key": self.running.secret}
            await socket.send_json({"action": "authenticate", "data": login})
            await socket.receive()
            self.waited_s.append(time.monotonic() - start)
            await socket.send_json({"action": "listen", "data": {"streams": ["trade_updates"]}})
            await socket.receive()
            self._listening["updates"].set()
            async for frame in socket:
                self.heard.append(
                    (time.monotonic(), json.loads(frame.data)["data"], frame.type is aiohttp.WSMsgType.TEXT)
                )
            self.ends.append(socket.close_code)

    async def _market(self, session):
        async with session.ws_connect(self.running.data_stream_url.replace("/iex", "/sip")) as socket:
            await socket.send_json({"action": "auth", "key": self.running.key, "secret": self.running.secret})
            await socket.send_json({"action": "subscribe", "trades": ["*"], "quotes": ["*"], "bars": ["*"]})
            async for frame in socket:
                for message in json.loads(frame.data):
                    if message["T"] == "error":
                        self.refused.append(message["code"])
                    if message["T"] == "subscription":
                        self._listening["market"].set()
            self.ends.append(socket.close_code)


def events(session):
    """Return (order, event) of each update that was heard, in its order."""
    return [(one["order"]["id"], one["event"]) for _, one, _ in session.heard if one is not None]


def status(code, took_effect):
    """See orders that were answered so, and are there or not."""

    def seen(session):
        known = session.known()
        return [qty for qty, one in session.sent.items() if one == code and (qty in known) == took_effect]

    return seen


def lost(session):
    """See what was told before an update that was heard, and was not heard itself."""
    heard = set(events(session))
    places = [place for place, one in enumerate(session.told) if one in heard]
    return [one for one in session.told[: places[-1]] if one not in heard] if places else []


def twice(session, same_id):
    """See an event that was heard twice, under one execution id or two."""
    ids = defaultdict(list)
    for _, one, _ in session.heard:
        if one and one["event"] != "partial_fill":
            ids[one["order"]["id"], one["event"]].append(one.get("execution_id"))
    if same_id:
        return [one for one, told in ids.items() if len(told) > len(set(told))]
    return [one for one, told in ids.items() if len(set(told)) > 1]


def replayed(session):
    heard = events(session)
    return [
        (order, event) for place, (order, event) in enumerate(heard)
        if event in {"new", "fill"} and any((order, end) in heard[:place] for end in ENDINGS)
    ]  # fmt: skip


def in_other_order(session, of_one_order):
    """See updates that came in another order than they were told in."""
    heard = [one for one in events(session) if one in set(session.told)]
    told = [one for one in session.told if one in set(heard)]
    if of_one_order:
        by_order = {order for order, _ in told}
        return [
            order for order in by_order
            if [one for one in heard if one[0] == order] != [one for one in told if one[0] == order]
        ]  # fmt: skip
    return [] if heard == told else [heard]


def early(session):
    """See updates that came before the answer to the order's POST."""
    return [one for moment, one in bought(session) if session.answered_at.get(one["order"]["qty"], 0) > moment]


def foreign(session):
    return [one for _, one in bought(session) if int(one["order"]["qty"]) not in FaultSession.ever_sent]


def bought(session):
    """Return (moment, update) of buys: what is sold closes positions, whatever their quantity."""
    return [(moment, one) for moment, one, _ in session.heard if one and one["order"]["side"] == "buy"]


def broke(*names):
    return lambda session: sum(session.broken[name] for name in names)


def slow(seconds):
    return lambda session: [one for one in session.answers if one[1] >= seconds]


SIGHTINGS = {
    "request_lost": status(0, took_effect=False),
    "reset_before_body": status(0, took_effect=False),
    "response_lost": status(0, took_effect=True),
    "reset_after_bytes": status(0, took_effect=True),
    "rate_limited": status(429, took_effect=False),
    **{f"error_{code}_before": status(code, took_effect=False) for code in (500, 502, 503, 504)},
    **{f"error_{code}_after": status(code, took_effect=True) for code in (500, 502, 503, 504)},
    "post_twice": lambda session: [qty for qty, count in session.known().items() if qty in session.sent and count > 1],
    "slow_response": slow(0.4),
    "truncated_json": lambda session: [one for one in session.answers if one[2] is None],
    "unknown_enum": lambda session: [
        one for one in session.answers if isinstance(one[2], dict) and one[2].get("status") == "pending_tenfold"
    ],
    "connection_refused": broke("ClientConnectorError"),
    "keepalive_closed": broke("ServerDisconnectedError", "ClientOSError"),
    "duplicate_event": lambda session: twice(session, same_id=True),
    "duplicate_event_new_id": lambda session: twice(session, same_id=False),
    "lost_event": lost,
    "silent_stream": lambda session: session.told if not session.heard and not session.ends else [],
    "reordered_events": lambda session: in_other_order(session, of_one_order=True),
    "reordered_orders": lambda session: in_other_order(session, of_one_order=False),
    "event_before_response": early,
    "cut_mid_frame": lambda session: [code for code in session.ends if code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE],
    "stream_refused": lambda session: [code for code in session.refused if code in {406, 429}],
    "replayed_events": replayed,
    "external_order": foreign,
    "slow_consumer": lambda session: [code for code in session.refused if code == 407],
    "null_data": lambda session: [one for one in session.heard if one[1] is None],
    "text_frames": lambda session: [one for one in session.heard if one[2]],
    "no_auth_reply": lambda session: [one for one in session.waited_s if one >= 0.3],
}
"""By fault: what a client meets of it, and nobody without it."""
