"""Trade in lockstep for as long as the exchange plays."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

Told = dict[str, Any]
"""What the exchange says at its start: addresses and the pair of its first account."""


def headers(key: str, secret: str) -> dict[str, str]:
    """Return what a request shows."""
    return {"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret}


class Trader:
    """Listen to both streams and send orders that a seed draws; the clock waits for each answer.

    Attributes
    ----------
    counts : messages of both streams, as the channel of the lockstep counts them
    seen : trade updates by event, answers to orders by status
    ended : whether the exchange said that everything was played
    """

    def __init__(self, told: Told, session: aiohttp.ClientSession, orders_a_day: int) -> None:
        self.counts = {"market_data": 0, "trade_updates": 0}
        self.seen: Counter[str] = Counter()
        self.ended = False
        self._told = told
        self._session = session
        self._headers = headers(told["key"], told["secret"])
        self._login = {"action": "auth", "key": told["key"], "secret": told["secret"]}
        self._chance = random.Random(1)  # noqa: S311 -- reproducible, not secret
        self._rate = orders_a_day / 390
        self._prices: dict[str, float] = {}
        self._minute = False
        self._changed = asyncio.Event()

    async def trade(self, day_over: Callable[[str], Awaitable[None]]) -> None:
        """Trade until everything was played, and call `day_over` at the end of each calendar day."""
        data = await self._opened(
            "data_stream", {"action": "subscribe", "bars": ["*"], "trades": ["AAPL"]}, greetings=3
        )
        listen = {"action": "listen", "data": {"streams": ["trade_updates"]}}
        updates = await self._opened("trading_stream", listen, greetings=2)
        readers = [asyncio.ensure_future(self._read(data)), asyncio.ensure_future(self._read_updates(updates))]
        try:
            await self._keep_step(day_over)
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)

    async def _opened(self, name: str, wanted: dict[str, Any], greetings: int) -> aiohttp.ClientWebSocketResponse:
        socket = await self._session.ws_connect(self._told[name], max_msg_size=0)
        await socket.send_json(self._login)
        await socket.send_json(wanted)
        for _ in range(greetings):
            await socket.receive()
        return socket

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            for message in json.loads(frame.data):
                self.counts["market_data"] += 1
                if message["T"] == "b":
                    self._prices[message["S"]] = message["c"]
                    self._minute = True
            self._changed.set()

    async def _read_updates(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            self.counts["trade_updates"] += 1
            self.seen[json.loads(frame.data)["data"]["event"]] += 1
            self._changed.set()

    async def _keep_step(self, day_over: Callable[[str], Awaitable[None]]) -> None:
        """Acknowledge each step once everything before it has come and the orders to it are answered."""
        channel = await self._session.ws_connect(self._told["rest"].replace("http", "ws") + "/tenfold/lockstep")
        await channel.send_json(self._login)
        day = ""
        async for frame in channel:
            message = json.loads(frame.data)
            if message["T"] not in {"step", "end"}:
                continue
            self.ended = message["T"] == "end"
            if day and (self.ended or message["t"][:10] != day):
                await day_over(day)
            if self.ended:
                return
            day = message["t"][:10]
            while any(self.counts[name] < message[name] for name in self.counts):
                self._changed.clear()
                await self._changed.wait()
            if self._minute and self._chance.random() < self._rate:
                await self._order()
            self._minute = False
            await channel.send_json({"action": "ack", "seq": message["seq"]})

    async def _order(self) -> None:
        """Send an order near the price, or now and then cancel everything."""
        chance, symbol = self._chance, self._chance.choice(sorted(self._prices))
        if chance.random() < 0.1:
            await self._ask("DELETE", "/v2/orders")
            return
        price = self._prices[symbol] * chance.uniform(0.999, 1.001)
        body = {"symbol": symbol, "qty": str(chance.randint(1, 20)), "side": chance.choice(["buy", "sell"])}
        body |= {"type": "limit", "time_in_force": "day", "limit_price": f"{price:.2f}"}
        status = await self._ask("POST", "/v2/orders", body)
        self.seen["orders"] += status == 200
        self.seen[f"order answered {status}"] += 1

    async def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> int:
        url = self._told["rest"] + path
        async with self._session.request(method, url, json=body, headers=self._headers) as answer:
            await answer.read()
            self.seen["failures"] += answer.status >= 500
            return answer.status
