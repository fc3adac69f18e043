"""Keep step with a simulated exchange: its clock goes on once we have handled everything that it told."""

from collections.abc import AsyncIterator
from typing import Final

import aiohttp
import msgspec

from tenfold.domain.errors import VenueError
from tenfold.domain.keys import Keys

PATH: Final = "/tenfold/lockstep"


class Step(msgspec.Struct, frozen=True, gc=False):
    """Hold a moment of the exchange: how many messages both streams were sent so far, and whether anything follows."""

    T: str
    ns: int = 0
    seq: int = 0
    market_data: int = 0
    trade_updates: int = 0
    code: int = 0
    msg: str = ""

    @property
    def last(self) -> bool:
        """Whether everything was played."""
        return self.T == "end"


class LockstepLine:
    """Hold the channel of the lockstep; open it once both streams stand, for it lets the clock run."""

    def __init__(self, url: str, keys: Keys) -> None:
        self._url = url.replace("http", "ws", 1) + PATH
        self._keys = keys
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def steps(self) -> AsyncIterator[Step]:
        """Yield each moment, and at last the end; VenueError where the exchange refuses or goes away."""
        decode = msgspec.json.Decoder(Step).decode
        try:
            async with aiohttp.ClientSession() as http, http.ws_connect(self._url, max_msg_size=0) as socket:
                self._socket = socket
                await socket.send_json({"action": "auth", "key": self._keys.key_id, "secret": self._keys.secret})
                async for frame in socket:
                    step = decode(frame.data)
                    if step.T == "error":
                        raise VenueError(f"the exchange refuses the lockstep: {step.msg} ({step.code})")
                    if step.T == "ready":
                        continue
                    yield step
                    if step.last:
                        return
        except aiohttp.ClientError as error:
            raise VenueError(f"the lockstep with the exchange broke: {error}") from None
        finally:
            self._socket = None
        raise VenueError("the exchange went away before everything was played")

    async def acknowledge(self, step: Step, market_data: int, trade_updates: int) -> None:
        """Say that so many messages were handled, and that what follows from them was sent."""
        if self._socket is not None:
            told = {"action": "ack", "seq": step.seq, "market_data": market_data, "trade_updates": trade_updates}
            await self._socket.send_json(told)
