"""A client over real sockets that trades in lockstep: it has handled everything before the clock goes on."""

import asyncio
import json
import random

import aiohttp


class LockstepTrader:
    """Listen to both streams, and decide at each step by a seed and the last prices."""

    def __init__(self, running, seed, symbols, orders_per_step=0.05):
        self.running = running
        self.headers = {"APCA-API-KEY-ID": running.key, "APCA-API-SECRET-KEY": running.secret}
        self.chance = random.Random(seed)  # noqa: S311 -- reproducible
        self.symbols = symbols
        self.share = orders_per_step
        self.counts = {"market_data": 0, "trade_updates": 0}
        self.changed = asyncio.Event()
        self.prices = {}
        self.events = []
        self.steps = 0

    async def trade(self):
        """Trade until everything was played."""
        async with aiohttp.ClientSession() as session:
            data = await session.ws_connect(self.running.data_stream_url, max_msg_size=0)
            login = {"action": "auth", "key": self.running.key, "secret": self.running.secret}
            for message in (login, {"action": "subscribe", "bars": ["*"], "trades": self.symbols[:1]}):
                await data.send_json(message)
            for _ in range(3):
                await data.receive()
            updates = await session.ws_connect(self.running.trading_stream_url, max_msg_size=0)
            await updates.send_json(login)
            await updates.send_json({"action": "listen", "data": {"streams": ["trade_updates"]}})
            for _ in range(2):
                await updates.receive()
            readers = [asyncio.ensure_future(self._read(data, True)), asyncio.ensure_future(self._read(updates, False))]
            try:
                await self._keep_step(session)
            finally:
                for reader in readers:
                    reader.cancel()
                await asyncio.gather(*readers, return_exceptions=True)

    async def _read(self, socket, of_market):
        async for frame in socket:
            if of_market:
                for message in json.loads(frame.data):
                    self.counts["market_data"] += 1
                    self.prices[message["S"]] = message["p" if message["T"] == "t" else "c"]
            else:
                self.counts["trade_updates"] += 1
                self.events.append(json.loads(frame.data)["data"]["event"])
            self.changed.set()

    async def _keep_step(self, session):
        channel = await session.ws_connect(self.running.url.replace("http", "ws") + "/tenfold/lockstep")
        await channel.send_json({"action": "auth", "key": self.running.key, "secret": self.running.secret})
        async for frame in channel:
            message = json.loads(frame.data)
            assert message["T"] != "error", message
            if message["T"] == "end":
                return
            if message["T"] != "step":
                continue
            await self._handled(message)
            self.steps += 1
            if self.prices and self.chance.random() < self.share:
                await self._act(session)
            await channel.send_json({"action": "ack", "seq": message["seq"], **{k: message[k] for k in self.counts}})

    async def _handled(self, message):
        """Wait until everything that was sent before the step has come."""
        while any(self.counts[name] < message[name] for name in self.counts):
            self.changed.clear()
            if any(self.counts[name] < message[name] for name in self.counts):
                await asyncio.wait_for(self.changed.wait(), 60)

    async def _act(self, session):
        symbol = self.chance.choice(sorted(self.prices))
        price = self.prices[symbol] * self.chance.uniform(0.999, 1.001)
        body = {"symbol": symbol, "qty": str(self.chance.randint(1, 9)), "side": self.chance.choice(["buy", "sell"])}
        if self.chance.random() < 0.2:
            await self._ask(session, "DELETE", "/v2/orders")
        elif self.chance.random() < 0.5:
            await self._ask(session, "POST", "/v2/orders", {**body, "type": "market", "time_in_force": "day"})
        else:
            limit = {"type": "limit", "time_in_force": "gtc", "limit_price": f"{price:.2f}"}
            await self._ask(session, "POST", "/v2/orders", {**body, **limit})

    async def _ask(self, session, method, path, body=None):
        async with session.request(method, self.running.url + path, json=body, headers=self.headers) as answer:
            assert answer.status < 500, await answer.text()
