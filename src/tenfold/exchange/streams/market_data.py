"""Speak the market data stream with one client, without a socket.

How it works: `receive` takes what the client sent and `put` what happened on the market; both write into `outbox`, whose
frames the server sends. The states are a table: what a client may do before and after it has authenticated.
"""

from typing import Any, Final

import msgspec

from tenfold.exchange.streams.codec import Codec, Frame
from tenfold.exchange.streams.connections import Authenticate, Connections
from tenfold.exchange.streams.outbox import Outbox
from tenfold.exchange.streams.subscriptions import Feed, SubscribeError, Subscriptions

ERRORS: Final = {
    400: "invalid syntax",
    401: "not authenticated",
    402: "auth failed",
    403: "already authenticated",
    404: "auth timeout",
    405: "symbol limit exceeded",
    406: "connection limit exceeded",
    407: "slow client",
    409: "insufficient subscription",
    410: "invalid subscribe action for this feed",
    500: "internal error",
}
"""Texts of the codes; 408 and 411 stand for plans and scopes that the exchange does not have."""

FATAL: Final = {402, 404, 406, 407, 409, 500}
"""Codes after which the connection is closed."""


class MarketDataSession:
    """Hold the state of one connection.

    Attributes
    ----------
    account : None until the client has authenticated
    subscriptions : what it wants
    outbox : what waits for it
    patient : whether the exchange may wait for it at full speed before it counts as slow
    changed : set when subscriptions changed; the hub resets it
    """

    def __init__(
        self, feed: Feed, codec: Codec, authenticate: Authenticate, connections: Connections, outbox: Outbox
    ) -> None:
        self.feed = feed
        self.codec = codec
        self.account: str | None = None
        self.subscriptions = Subscriptions(feed)
        self.outbox = outbox
        self.patient = True
        self.changed = False
        self._authenticate = authenticate
        self._connections = connections
        self._actions = {
            (False, "auth"): self._auth,
            (False, "subscribe"): self._not_yet,
            (False, "unsubscribe"): self._not_yet,
            (True, "auth"): self._again,
            (True, "subscribe"): self._subscribe,
            (True, "unsubscribe"): self._unsubscribe,
        }

    def open(self, credentials: tuple[str, str] | None = None, paid: bool = True) -> None:
        """Greet; credentials of the upgrade's headers authenticate at once. `paid` says whether the key's plan has every feed."""
        self._tell({"T": "success", "msg": "connected"})
        if self.feed.paid and not paid:
            self.fail(409)
        elif credentials is not None:
            self._login(*credentials)

    def receive(self, raw: bytes) -> None:
        """Take a message of the client."""
        if self.outbox.closing:
            return
        try:
            message = self.codec.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            message = None
        action = message.get("action") if isinstance(message, dict) else None
        act = self._actions.get((self.account is not None, action)) if isinstance(action, str) else None
        if act is None or not isinstance(message, dict):
            self.fail(400)
        else:
            act(message)

    def put(self, message: bytes) -> None:
        """Add a message of data, encoded by this session's codec; a client that takes too few is cut off."""
        self.outbox.put(message)
        if self.outbox.full:
            self.fail(407)

    def late(self) -> None:
        """Say that the time to authenticate is over."""
        if self.account is None:
            self.fail(404)

    def fail(self, code: int) -> None:
        """Tell an error; after some the connection closes, and to a slow client nothing else is sent."""
        frame = self._frame({"T": "error", "code": code, "msg": ERRORS[code]})
        if code in FATAL:
            self.outbox.close(frame, drop=code == 407)
        else:
            self.outbox.put_frame(frame)

    def closed(self) -> None:
        """Give the place back: the connection is gone."""
        self.outbox.close(drop=True)
        if self.account is not None:
            self._connections.release(self.feed.path, self.account)
            self.account = None

    def _auth(self, message: dict[str, Any]) -> None:
        key, secret = message.get("key"), message.get("secret")
        if not isinstance(key, str) or not isinstance(secret, str):
            self.fail(400)
        else:
            self._login(key, secret)

    def _login(self, key: str, secret: str) -> None:
        account = self._authenticate(key, secret)
        if account is None:
            self.fail(402)
        elif not self._connections.take(self.feed.path, account):
            self.fail(406)
        else:
            self.account = account
            self._tell({"T": "success", "msg": "authenticated"})

    def _again(self, _message: dict[str, Any]) -> None:
        self.fail(403)

    def _not_yet(self, _message: dict[str, Any]) -> None:
        self.fail(401)

    def _subscribe(self, message: dict[str, Any]) -> None:
        self._change(self.subscriptions.add, message)

    def _unsubscribe(self, message: dict[str, Any]) -> None:
        self._change(self.subscriptions.remove, message)

    def _change(self, act: Any, message: dict[str, Any]) -> None:
        try:
            act(message)
        except SubscribeError as error:
            self.fail(error.code)
            return
        self.changed = True
        self._tell({"T": "subscription", **self.subscriptions.lists()})

    def _tell(self, message: dict[str, Any]) -> None:
        self.outbox.put_frame(self._frame(message))

    def _frame(self, message: dict[str, Any]) -> Frame:
        return self.codec.frame([self.codec.encode(message)])
