"""Market data as Alpaca's documents tell them: MessagePack over a WebSocket, past bars over REST, made of one made-up price."""

import asyncio
import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgpack
from aiohttp import web

NEW_YORK = ZoneInfo("America/New_York")
MINUTE = 60 * 10**9
TICK_S = 0.05
CHANNELS = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds", "imbalances")


def moment(ts_ns):
    return msgpack.Timestamp.from_unix_nano(ts_ns)


def stamp(ts_ns):
    return datetime.fromtimestamp(ts_ns // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class OtherMarket:
    """Print a trade and a quote of each symbol every so often, and a bar at the end of each minute."""

    def __init__(self, venue):
        self.venue = venue
        self.sockets, self.minutes, self.told = {}, {}, set()
        self.number = 0
        self.level = {}
        self.silent = False
        self.sent = lambda messages: [messages]
        self.upgrades = []

    def price(self, symbol):
        """Return the price now, in cents."""
        wave = math.sin(self.venue.now_ns() / 3e11) * 0.4
        return round(self.level.get(symbol, 100.0) * (1 + wave / 100), 2)

    def is_open(self, ts_ns):
        local = datetime.fromtimestamp(ts_ns / 1e9, NEW_YORK)
        return local.weekday() < 5 and 570 <= local.hour * 60 + local.minute < 960

    async def run(self):
        while True:
            if not self.silent and self.is_open(self.venue.now_ns()):
                await self.tick()
            await asyncio.sleep(TICK_S)

    async def tick(self):
        now = self.venue.now_ns()
        for symbol in self.venue.symbols:
            price = self.price(symbol)
            await self.send("quotes", self.quote(symbol, round(price - 0.01, 2), round(price + 0.01, 2)))
            await self.print(symbol, price, 100, now)
        for symbol, minutes in self.minutes.items():
            for open_ns in [one for one in minutes if one + MINUTE <= now and (symbol, one) not in self.told]:
                self.told.add((symbol, open_ns))
                await self.send("bars", self.bar("b", symbol, open_ns))

    def quote(self, symbol, bid, ask, at=None, **more):
        at = self.venue.now_ns() if at is None else at
        return {
            "T": "q", "S": symbol, "bx": "V", "bp": bid, "bs": 3, "ax": "Q", "ap": ask, "as": 2, "c": ["R"], "z": "C", "t": moment(at), **more,
        }  # fmt: skip

    async def print(self, symbol, price, size, at=None, **more):
        """Trade, and tell it."""
        at = self.venue.now_ns() if at is None else at
        self.number += 1
        self.minutes.setdefault(symbol, {}).setdefault(at // MINUTE * MINUTE, []).append((price, size))
        one = {
            "T": "t",
            "S": symbol,
            "i": self.number,
            "x": "V",
            "p": price,
            "s": size,
            "c": ["@"],
            "z": "C",
            "t": moment(at),
        }
        await self.send("trades", one | more)

    def bar(self, letter, symbol, open_ns):
        rows = self.minutes.get(symbol, {}).get(open_ns)
        if rows is None:
            price = round(100 + math.sin(open_ns / 3e11), 2)
            rows = [(price, 100), (round(price + 0.03, 2), 100)]
        prices, volume = [one for one, _ in rows], sum(size for _, size in rows)
        worth = sum(price * size for price, size in rows)
        return {
            "T": letter, "S": symbol, "o": prices[0], "h": max(prices), "l": min(prices), "c": prices[-1], "v": volume, "n": len(rows),
            "vw": round(worth / volume, 6), "t": moment(open_ns),
        }  # fmt: skip

    async def send(self, channel, message):
        for socket, wanted in list(self.sockets.items()):
            if channel is None or message["S"] in wanted[channel]:
                for batch in self.sent([message]):
                    await self.raw(socket, msgpack.packb(batch))

    async def raw(self, socket, data):
        try:
            await socket.send_bytes(data)
        except (ConnectionError, RuntimeError):
            self.sockets.pop(socket, None)

    async def raw_all(self, data):
        for socket in list(self.sockets):
            await self.raw(socket, data)

    async def cut(self):
        for socket in list(self.sockets):
            await socket.close()

    async def stream(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)

        async def say(*messages):
            await socket.send_bytes(msgpack.packb(list(messages)))

        await say({"T": "success", "msg": "connected"})
        for refused in list(self.upgrades):
            if (code := refused()) is not None:
                await say({"T": "error", "code": code[0], "msg": code[1]})
                await socket.close()
                return socket
        async for message in socket:
            asked = msgpack.unpackb(message.data)
            if asked["action"] == "auth":
                if self.sockets:
                    await say({"T": "error", "code": 406, "msg": "connection limit exceeded"})
                    await socket.close()
                    break
                self.sockets[socket] = {channel: set() for channel in CHANNELS}
                await say({"T": "success", "msg": "authenticated"})
                continue
            wanted = self.sockets[socket]
            for channel in CHANNELS:
                named = set(asked.get(channel) or ())
                wanted[channel] = wanted[channel] | named if asked["action"] == "subscribe" else wanted[channel] - named
            echo = {channel: sorted(symbols) for channel, symbols in wanted.items()}
            await say({"T": "subscription", **echo, "corrections": echo["trades"], "cancelErrors": echo["trades"]})
        self.sockets.pop(socket, None)
        return socket

    async def rest(self, request):
        """Return past bars, page by page."""
        query = request.query
        start, stop = (
            int(datetime.fromisoformat(query[name][:19] + "+00:00").timestamp()) * 10**9 for name in ("start", "end")
        )
        now, found = self.venue.now_ns(), {}
        days = query["timeframe"] == "1Day"
        for symbol in query["symbols"].split(","):
            for open_ns in range(-(-start // MINUTE) * MINUTE, min(stop, now - MINUTE) + 1, MINUTE):
                local = datetime.fromtimestamp(open_ns / 1e9, NEW_YORK)
                wanted = (local.weekday() < 5 and local.hour == local.minute == 0) if days else self.is_open(open_ns)
                if wanted:
                    bar = self.bar("b", symbol, open_ns)
                    found.setdefault(symbol, []).append(
                        {**{key: bar[key] for key in "ohlcvn"}, "vw": bar["vw"], "t": stamp(open_ns)}
                    )
        at, size = int(query.get("page_token") or 0), int(query.get("limit", 1000))
        rows = [(symbol, bar) for symbol, bars in found.items() for bar in bars]
        shown = {}
        for symbol, bar in rows[at : at + size]:
            shown.setdefault(symbol, []).append(bar)
        return web.json_response({"bars": shown, "next_page_token": str(at + size) if at + size < len(rows) else None})
