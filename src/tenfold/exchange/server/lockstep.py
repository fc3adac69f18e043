"""Let the clock wait for its clients: a channel of our own that Alpaca's protocol has nothing like.

How it works. Alpaca's streams do not say when a client has handled a bar, so at full speed it depends on chance which bar an
order meets. A client of this channel, a WebSocket at /tenfold/lockstep, says so. All messages are JSON text:

    client  {"action": "auth", "key": ..., "secret": ...}
    server  {"T": "ready", "t": ..., "ns": ..., "market_data": n, "trade_updates": m}
    server  {"T": "step", "seq": k, "t": ..., "ns": ..., "market_data": n, "trade_updates": m}
    client  {"action": "ack", "seq": k, "market_data": n, "trade_updates": m}
    server  {"T": "end", ...} when everything was played; errors are {"T": "error", "code": ..., "msg": ...}

`market_data` and `trade_updates` count the messages that both streams of the account were sent so far. The clock stands
until every client has acknowledged the last step with these very numbers: it has handled that many messages, and its orders
are answered. Where an order led to further messages meanwhile, the same moment comes again as another step. A client that
cannot count (a fault lost a frame) leaves the numbers out, and is taken at its word.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from tenfold.exchange.streams.codec import JSON, Frame
from tenfold.exchange.streams.connections import Authenticate
from tenfold.exchange.streams.market_data import ERRORS
from tenfold.exchange.streams.outbox import Outbox
from tenfold.exchange.wire import rfc3339

Counts = tuple[int, int]
"""Messages of market data and of trade updates that an account was sent."""
_MISCOUNTED: Final = {400: "invalid syntax", 412: "acknowledged more than was sent"}


class _Ack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hold what a client acknowledges."""

    action: str
    seq: int
    market_data: int | None = None
    trade_updates: int | None = None


class LockstepSession:
    """Hold one client of the channel.

    Attributes
    ----------
    account : None until it has authenticated
    outbox : what waits for it
    """

    def __init__(self, lockstep: "Lockstep", authenticate: Authenticate, outbox: Outbox) -> None:
        self.account: str | None = None
        self.outbox = outbox
        self._lockstep = lockstep
        self._authenticate = authenticate
        self._seq = 0
        self._agreed = True
        self._told: Counts = (0, 0)

    @property
    def agreed(self) -> bool:
        """Whether it has acknowledged the last step, and nothing was sent since."""
        return self._agreed

    def receive(self, raw: bytes) -> None:
        """Take a message of the client."""
        if self.outbox.closing:
            return
        try:
            message = JSON.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            message = None
        action = message.get("action") if isinstance(message, dict) else None
        if isinstance(message, dict) and action == "auth":
            self._login(message.get("key"), message.get("secret"))
        elif action == "ack":
            self._acknowledge(message)
        else:
            self._fail(400)

    def step(self, now_ns: int) -> None:
        """Tell that the clock has come to a moment."""
        self._seq += 1
        self._agreed = False
        self._tell("step", now_ns, seq=self._seq)

    def end(self, now_ns: int) -> None:
        """Tell that everything was played."""
        self._tell("end", now_ns)

    def late(self) -> None:
        """Say that the time to authenticate is over."""
        if self.account is None:
            self._fail(404, close=True)

    def closed(self) -> None:
        """Wait for it no more: the connection is gone."""
        self.outbox.close(drop=True)
        self._agreed = True
        self._lockstep.leave(self)

    def _login(self, key: object, secret: object) -> None:
        account = self._authenticate(key, secret) if isinstance(key, str) and isinstance(secret, str) else None
        if self.account is not None:
            self._fail(403)
        elif account is None:
            self._fail(402, close=True)
        else:
            self.account = account
            self._tell("ready", self._lockstep.now_ns())
            self._lockstep.join(self)

    def _acknowledge(self, message: Any) -> None:
        try:
            ack = msgspec.convert(message, _Ack)
        except msgspec.ValidationError:
            self._fail(400)
            return
        if self.account is None:
            self._fail(401)
            return
        if ack.seq != self._seq or self._agreed:
            return  # of a step that came again
        sent = self._lockstep.counts(self.account)
        handled = tuple(
            there if one is None else one for one, there in zip((ack.market_data, ack.trade_updates), sent, strict=True)
        )
        if any(one > there for one, there in zip(handled, sent, strict=True)):
            self._fail(412)
        elif handled == sent:
            self._agreed = True
            self._lockstep.acknowledged()
        elif sent != self._told:
            self.step(self._lockstep.now_ns())

    def _tell(self, kind: str, now_ns: int, **more: int) -> None:
        self._told = self._lockstep.counts(self.account or "")
        message = {"T": kind, **more, "t": rfc3339(now_ns), "ns": now_ns}
        message |= {"market_data": self._told[0], "trade_updates": self._told[1]}
        self.outbox.put_frame(Frame(JSON.encode(message), True))

    def _fail(self, code: int, close: bool = False) -> None:
        text = _MISCOUNTED.get(code) or ERRORS[code]
        frame = Frame(JSON.encode({"T": "error", "code": code, "msg": text}), True)
        if close:
            self.outbox.close(frame)
        else:
            self.outbox.put_frame(frame)


class Lockstep:
    """Hold the clients of the channel.

    Parameters
    ----------
    now_ns : returns the replayed time
    counts : returns the messages that an account was sent
    acknowledged : called when a client has acknowledged, and when one came or went
    """

    def __init__(
        self, now_ns: Callable[[], int], counts: Callable[[str], Counts], acknowledged: Callable[[], None]
    ) -> None:
        self.now_ns = now_ns
        self.counts = counts
        self.acknowledged = acknowledged
        self._sessions: dict[LockstepSession, None] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    @property
    def agreed(self) -> bool:
        """Whether the clock may go on: somebody is there, and everybody has acknowledged."""
        return bool(self._sessions) and all(one.agreed for one in self._sessions)

    def join(self, session: LockstepSession) -> None:
        """Wait for a client from now on: it gets the present moment as its first step."""
        self._sessions[session] = None
        session.step(self.now_ns())
        self.acknowledged()

    def leave(self, session: LockstepSession) -> None:
        """Wait for a client no more."""
        self._sessions.pop(session, None)
        self.acknowledged()

    def step(self) -> None:
        """Tell everybody that the clock has moved."""
        for session in self._sessions:
            session.step(self.now_ns())

    def end(self) -> None:
        """Tell everybody that everything was played."""
        for session in self._sessions:
            session.end(self.now_ns())
