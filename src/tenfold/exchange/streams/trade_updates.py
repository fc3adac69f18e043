"""Speak the trading stream with one client, without a socket."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from tenfold.exchange.messages import TradeUpdate
from tenfold.exchange.streams.codec import MSGPACK, Codec, Frame
from tenfold.exchange.streams.connections import Authenticate, Connections
from tenfold.exchange.streams.disturbance import Disturbance
from tenfold.exchange.streams.outbox import Outbox
from tenfold.exchange.wire import rfc3339

ENDPOINT: Final = "/stream"
STREAM: Final = "trade_updates"


def update_data(update: TradeUpdate) -> dict[str, object]:
    """Return an update as the stream shows it: price, quantity and position only where something was executed."""
    data: dict[str, object] = {
        "event": update.event,
        "execution_id": update.execution_id,
        "order": update.order,
        "timestamp": rfc3339(update.ts_ns),
    }
    if update.price is not None:
        data["price"] = update.price
    if update.qty is not None:
        data["qty"] = update.qty
    if update.position_qty is not None:
        data["position_qty"] = update.position_qty
    if update.execution_id is None:
        del data["execution_id"]
    return data


class TradeUpdatesSession:
    """Hold the state of one connection.

    Attributes
    ----------
    account : None until the client has authenticated
    listening : whether it gets updates
    outbox : what waits for it
    """

    def __init__(
        self,
        codec: Codec,
        authenticate: Authenticate,
        connections: Connections,
        outbox: Outbox,
        disturbance: Disturbance,
        frames: Literal["binary", "text"] = "binary",
    ) -> None:
        self.account: str | None = None
        self.listening = False
        self.outbox = outbox
        self._codec = codec
        self._authenticate = authenticate
        self._connections = connections
        self._disturbance = disturbance
        self._text = frames == "text" and codec is not MSGPACK
        self._actions = {
            "authenticate": self._authenticate_nested,
            "auth": self._authenticate_flat,
            "listen": self._listen,
        }

    @property
    def holding(self) -> bool:
        """Whether a fault holds an update back."""
        return self._disturbance.holding

    def receive(self, raw: bytes) -> None:
        """Take a message of the client; what makes no sense is answered by an error, as it is by market data."""
        if self.outbox.closing:
            return
        try:
            message = self._codec.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            message = None
        action = message.get("action") if isinstance(message, dict) else None
        act = self._actions.get(action) if isinstance(action, str) else None
        if act is None or not isinstance(message, dict):
            self._tell("error", {"error_message": "invalid message", "action": action})
        else:
            act(message)

    def put(self, update: TradeUpdate) -> int:
        """Add an update, as the faults let it through; return how many messages went out. Who does not read is cut off."""
        return self._send(self._disturbance.pass_on(update)) if self.listening else 0

    def release(self) -> int:
        """Add updates that a fault held back; return how many there were."""
        return self._send(self._disturbance.release()) if self.listening else 0

    def late(self) -> None:
        """Say that the time to authenticate is over."""
        if self.account is None:
            self._tell("authorization", {"status": "unauthorized", "action": "authenticate"})
            self.outbox.close()

    def closed(self) -> None:
        """Give the place back: the connection is gone."""
        self.outbox.close(drop=True)
        if self.account is not None:
            self._connections.release(ENDPOINT, self.account)
            self.account = None
        self.listening = False

    def _authenticate_nested(self, message: dict[str, Any]) -> None:
        data = message.get("data")
        found = data if isinstance(data, dict) else {}
        self._login(found.get("key_id"), found.get("secret_key"))

    def _authenticate_flat(self, message: dict[str, Any]) -> None:
        self._login(message.get("key"), message.get("secret"))

    def _login(self, key: object, secret: object) -> None:
        account = self._authenticate(key, secret) if isinstance(key, str) and isinstance(secret, str) else None
        if account is not None and self.account is None and not self._connections.take(ENDPOINT, account):
            self._tell("error", {"error_message": "connection limit exceeded", "action": "authenticate"})
            self.outbox.close()
            return
        if account is None or self.account not in {None, account}:
            self._tell("authorization", {"status": "unauthorized", "action": "authenticate"})
            return
        self.account = account
        self._tell("authorization", {"status": "authorized", "action": "authenticate"})

    def _listen(self, message: dict[str, Any]) -> None:
        if self.account is None:
            self._tell("authorization", {"status": "unauthorized", "action": "listen"})
            return
        data = message.get("data")
        streams = data.get("streams") if isinstance(data, dict) else None
        if not isinstance(streams, list):
            self._tell("error", {"error_message": "invalid message", "action": "listen"})
            return
        self.listening = STREAM in streams
        self._tell("listening", {"streams": [STREAM] if self.listening else []})

    def _send(self, updates: list[TradeUpdate | None]) -> int:
        for update in updates:
            data = None if update is None else update_data(update)
            self._tell(STREAM, data, self._text != self._disturbance.other_frame())
        return len(updates)

    def _tell(self, stream: str, data: Mapping[str, object] | None, text: bool | None = None) -> None:
        raw = self._codec.encode({"stream": stream, "data": data})
        self.outbox.put_frame(Frame(raw, self._text if text is None else text and self._codec is not MSGPACK))
