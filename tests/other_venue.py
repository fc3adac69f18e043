"""A venue that speaks Alpaca's protocol as its documents tell it; it shares no code with Tenfold, nor with its simulated exchange.

Market orders fill at once in two parts, others rest until `fill` is called. What it does wrong is said by a test: `hooks` see each request
first, `after` each answer, `streamed` each message of the stream of orders, and `flow` is what becomes of a new order.
"""

import asyncio
import contextlib
import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from aiohttp import WSCloseCode, web

from other_market import OtherMarket

NEW_YORK = ZoneInfo("America/New_York")
ENDED = {"filled", "canceled", "expired", "rejected", "replaced"}
CASH_FIELDS = ("equity", "last_equity", "portfolio_value", "regt_buying_power", "non_marginable_buying_power")


def stamp(ts_ns):
    """Return a moment as a server written in Go tells it: as many digits behind the second as it needs."""
    whole = datetime.fromtimestamp(ts_ns // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    rest = f"{ts_ns % 10**9:09d}".rstrip("0")
    return f"{whole}.{rest}Z" if rest else f"{whole}Z"


def nanoseconds(text):
    """Return what a client's moment says."""
    whole, _, rest = text.rstrip("Z").partition(".")
    moment = datetime.fromisoformat(whole)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 10**9 + int(rest[:9].ljust(9, "0") if rest else 0)


def refusal(status, code, message, **extras):
    return web.json_response({"code": code, "message": message, **extras}, status=status)


class OtherVenue:
    """Hold one account, its orders and its market."""

    def __init__(self, symbols=("AAPL",), *, rate=60, begins="2026-11-20T15:00:02Z", cash="100000"):
        self.rate, self.symbols = rate, tuple(symbols)
        self.begin_ns, self.began = nanoseconds(begins), time.monotonic_ns()
        self.clock_off_ns = 0
        self.cash, self.held, self.cost = Decimal(cash), {}, {}
        self.orders, self.activities, self.posted, self.asked = {}, [], [], []
        self.hooks, self.after, self.blocked, self.power = [], [], {}, None
        self.shown_positions = self.shown_cash = None
        self.scarce = set()
        self.streamed = lambda message: [message]
        self.flow = self.market_flow
        self.binary, self.listeners, self.upgrades = True, set(), []
        self.market = OtherMarket(self)
        self.tasks = set()

    # time

    def now_ns(self):
        return self.begin_ns + self.rate * (time.monotonic_ns() - self.began)

    # the account

    def order(self, asked, **more):
        """Return a new order of the account as REST shows it."""
        now, one = stamp(self.now_ns()), dict.fromkeys(
            ["filled_at", "expired_at", "canceled_at", "failed_at", "replaced_at", "replaced_by", "replaces", "notional", "filled_avg_price", "legs", "trail_percent", "trail_price", "hwm", "ratio_qty", "limit_price", "stop_price", "expires_at"]
        )  # fmt: skip
        one |= {
            "id": str(uuid.uuid4()), "client_order_id": asked.get("client_order_id") or str(uuid.uuid4()), "created_at": now, "updated_at": now,
            "submitted_at": now, "asset_id": str(uuid.uuid5(uuid.NAMESPACE_DNS, asked["symbol"])), "symbol": asked["symbol"],
            "asset_class": "us_equity", "qty": asked.get("qty"), "filled_qty": "0", "order_class": asked.get("order_class", ""),
            "order_type": asked["type"], "type": asked["type"], "side": asked["side"], "position_intent": None,
            "time_in_force": asked["time_in_force"], "status": "pending_new", "extended_hours": False, "subtag": None, "source": "access_key",
        }  # fmt: skip
        one |= {
            name: asked[name] for name in ("limit_price", "stop_price", "trail_price", "trail_percent") if name in asked
        }
        one |= more
        self.orders[one["id"]] = one
        return one

    def by_client(self, name):
        return next((one for one in self.orders.values() if one["client_order_id"] == name), None)

    def change(self, order, status, **more):
        order |= {"status": status, "updated_at": stamp(self.now_ns()), **more}

    def fill(self, order, qty=None, price=None, *, tells=True, event=None):
        """Execute lots of an order, book them, and tell it."""
        left = Decimal(order["qty"]) - Decimal(order["filled_qty"])
        qty = left if qty is None else Decimal(qty)
        price = Decimal(str(self.market.price(order["symbol"]))) if price is None else Decimal(price)
        before, filled = Decimal(order["filled_qty"]), Decimal(order["filled_qty"]) + qty
        average = (Decimal(order["filled_avg_price"] or 0) * before + price * qty) / filled
        done = filled >= Decimal(order["qty"])
        kept = order["status"] in ENDED
        self.change(
            order, "filled" if done else order["status"] if kept else "partially_filled", filled_qty=str(filled),
            filled_avg_price=f"{average:f}", **({"filled_at": stamp(self.now_ns())} if done else {}),
        )  # fmt: skip
        sign, symbol = 1 if order["side"] == "buy" else -1, order["symbol"]
        self.held[symbol] = self.held.get(symbol, Decimal(0)) + sign * qty
        self.cost[symbol] = self.cost.get(symbol, Decimal(0)) + sign * qty * price
        self.cash -= sign * qty * price
        execution = str(uuid.uuid4())
        kind = "fill" if done else "partial_fill"
        self.active("FILL", execution, type=kind, transaction_time=stamp(self.now_ns()), price=f"{price:f}", qty=f"{qty:f}", side=order["side"],
                    symbol=symbol, leaves_qty=f"{Decimal(order['qty']) - filled:f}", cum_qty=f"{filled:f}", order_id=order["id"],
                    order_status=order["status"])  # fmt: skip
        if tells:
            self.tell(
                event or kind,
                order,
                execution,
                price=f"{price:f}",
                qty=f"{qty:f}",
                position_qty=f"{self.held[symbol]:f}",
            )

    def active(self, kind, name=None, at=None, **more):
        """Add an activity."""
        at = at or datetime.fromtimestamp(self.now_ns() / 1e9, UTC).strftime("%Y%m%d%H%M%S%f")[:17]
        self.activities.append({"id": f"{at}::{name or uuid.uuid4()}", "activity_type": kind, **more})

    # the stream of orders

    def tell(self, event, order, execution=None, **more):
        """Tell what happened to an order, as it is now."""
        data = {
            "event": event,
            "execution_id": execution,
            "order": dict(order),
            "timestamp": stamp(self.now_ns()),
            "at": stamp(self.now_ns()),
            **more,
        }
        for message in self.streamed({"stream": "trade_updates", "data": data}):
            self.say(message)

    def say(self, message):
        raw = message if isinstance(message, bytes) else json.dumps(message).encode()
        for socket in self.listeners:
            self.spawn(socket.send_bytes(raw) if self.binary else socket.send_str(raw.decode()))

    def spawn(self, coroutine):
        async def quiet():
            with contextlib.suppress(ConnectionError, RuntimeError):
                await coroutine

        task = asyncio.ensure_future(quiet())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def cut(self):
        """Close the streams of orders."""
        for socket in list(self.listeners):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def stream(self, request):
        for refused in self.upgrades:
            if (found := refused(request)) is not None:
                return found
        if self.listeners:
            return refusal(429, 42910000, "connection limit exceeded")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            asked = json.loads(message.data)
            if asked["action"] in {"authenticate", "auth"}:
                answer = {"stream": "authorization", "data": {"action": "authenticate", "status": "authorized"}}
            else:
                streams = asked["data"]["streams"]
                (self.listeners.add if "trade_updates" in streams else self.listeners.discard)(socket)
                answer = {"stream": "listening", "data": {"streams": streams}}
            await socket.send_bytes(json.dumps(answer).encode())
        self.listeners.discard(socket)
        return socket

    # what becomes of an order

    def market_flow(self, order):
        """Work an order as it comes: pending_new, new, and where it is a market order two executions."""
        self.tell("pending_new", order)
        self.change(order, "new")
        self.tell("new", order, str(uuid.uuid4()))
        if order["type"] == "market" and order["time_in_force"] not in {"opg", "cls"}:
            qty = Decimal(order["qty"])
            if qty > 1:
                self.fill(order, qty // 2)
            self.fill(order)

    def resting_flow(self, order):
        """Let an order rest, whatever it is."""
        self.change(order, "new")
        self.tell("new", order, str(uuid.uuid4()))

    def end(self, order, status="canceled", event=None):
        self.change(order, status, **{f"{status}_at": stamp(self.now_ns())})
        self.tell(event or status, order, str(uuid.uuid4()))

    # REST

    async def place(self, request):
        asked = await request.json()
        self.posted.append(asked)
        if self.by_client(asked["client_order_id"]) is not None:
            return refusal(422, 40010001, "client_order_id must be unique")
        if self.blocked:
            return refusal(403, 40310000, "new orders are rejected by user request")
        order = self.order(asked)
        shown = dict(order)
        asyncio.get_running_loop().call_later(0.004, self.flow, order)
        return web.json_response(shown)

    async def replace(self, request):
        old, asked = self.orders.get(request.match_info["name"]), await request.json()
        if old is None:
            return refusal(404, 40410000, "order not found")
        if old["status"] not in {"new", "partially_filled"}:
            return refusal(422, 42210000, f"cannot replace order in {old['status']} status")
        new = self.order({**old, **asked}, replaces=old["id"], filled_qty=old["filled_qty"])
        new["limit_price"] = asked.get("limit_price", old["limit_price"])
        self.change(old, "pending_replace")

        def done():
            self.change(old, "replaced", replaced_by=new["id"], replaced_at=stamp(self.now_ns()))
            self.tell("replaced", old, str(uuid.uuid4()))
            self.change(new, "new")
            self.tell("new", new, str(uuid.uuid4()))

        asyncio.get_running_loop().call_later(0.004, done)
        return web.json_response(new)

    async def cancel(self, request):
        order = self.orders.get(request.match_info["name"])
        if order is None:
            return refusal(404, 40410000, "order not found")
        if order["status"] in ENDED:
            return refusal(422, 42210000, f'order is already in "{order["status"]}" state')
        self.change(order, "pending_cancel")
        asyncio.get_running_loop().call_later(0.004, lambda: order["status"] == "pending_cancel" and self.end(order))
        return web.Response(status=204)

    async def listed(self, request):
        query = request.query
        found = sorted(self.orders.values(), key=lambda one: nanoseconds(one["submitted_at"]))
        status = query.get("status", "open")
        if status != "all":
            found = [one for one in found if (one["status"] in ENDED) == (status == "closed")]
        if "after" in query:
            found = [one for one in found if nanoseconds(one["submitted_at"]) > nanoseconds(query["after"])]
        if query.get("direction", "desc") == "desc":
            found.reverse()
        return web.json_response(found[: int(query.get("limit", 50))])

    async def one(self, request):
        order = self.orders.get(request.match_info["name"])
        return refusal(404, 40410000, "order not found") if order is None else web.json_response(order)

    async def named(self, request):
        order = self.by_client(request.query["client_order_id"])
        return refusal(404, 40410000, "order not found") if order is None else web.json_response(order)

    async def moved(self, request):
        query, found = request.query, sorted(self.activities, key=lambda one: one["id"])
        types = query.get("activity_types", "")
        if types:
            found = [one for one in found if one["activity_type"] in types.split(",")]
        if "after" in query:
            after = datetime.fromtimestamp(nanoseconds(query["after"]) / 1e9, UTC).strftime("%Y%m%d%H%M%S%f")[:17]
            found = [one for one in found if one["id"][:17] > after]
        if query.get("direction", "desc") == "desc":
            found.reverse()
        return web.json_response(found[: int(query.get("page_size", 100))])

    async def positions(self, _):
        held = self.held if self.shown_positions is None else self.shown_positions()
        return web.json_response(
            [
                {
                    "asset_id": str(uuid.uuid5(uuid.NAMESPACE_DNS, symbol)), "symbol": symbol, "exchange": "NASDAQ", "asset_class": "us_equity",
                    "avg_entry_price": "100.123456", "qty": f"{qty:f}", "qty_available": f"{qty:f}", "side": "long" if qty > 0 else "short",
                    "cost_basis": f"{self.cost.get(symbol, Decimal(0)):f}", "market_value": None, "unrealized_pl": None, "current_price": None,
                    "asset_marginable": True,
                }
                for symbol, qty in held.items() if qty
            ]
        )  # fmt: skip

    async def account(self, _):
        cash = self.cash if self.shown_cash is None else self.shown_cash()
        flags = dict.fromkeys(
            ("trading_blocked", "transfers_blocked", "account_blocked", "trade_suspended_by_user"), False
        )
        power = self.cash * 2 if self.power is None else self.power
        return web.json_response(
            {
                "id": str(uuid.uuid4()), "account_number": "PA1", "status": "ACTIVE", "crypto_status": "ACTIVE", "currency": "USD",
                "cash": f"{cash:f}", "buying_power": f"{power:f}", "multiplier": "2", "shorting_enabled": True, "created_at": "2024-02-29T00:00:00.1Z",
                "long_market_value": "0", "short_market_value": "0", "accrued_fees": "0", "sma": "0", "balance_asof": "2026-11-19",
                "admin_configurations": {}, "user_configurations": None, **dict.fromkeys(CASH_FIELDS, f"{cash:f}"), **flags, **self.blocked,
            }
        )  # fmt: skip

    async def clock(self, _):
        now = datetime.fromtimestamp((self.now_ns() + self.clock_off_ns) / 1e9, NEW_YORK)
        opens = (now + timedelta(days=3)).replace(hour=9, minute=30, second=0, microsecond=0)
        closes = now.replace(hour=16, minute=0, second=0, microsecond=0)
        told = now.isoformat(timespec="microseconds")
        return web.json_response(
            {"timestamp": f"{told[:26]}123{told[26:]}", "is_open": True, "next_open": opens.isoformat(), "next_close": closes.isoformat()}
        )  # fmt: skip

    async def calendar(self, request):
        day, last = (datetime.fromisoformat(request.query[name]).date() for name in ("start", "end"))
        found = []
        while day <= last:
            if day.weekday() < 5:
                found.append(
                    {
                        "date": str(day),
                        "open": "09:30",
                        "close": "16:00",
                        "session_open": "0400",
                        "session_close": "2000",
                    }
                )
            day += timedelta(days=1)
        return web.json_response(found)

    def asset(self, symbol):
        terms = {
            "tradable": True,
            "marginable": True,
            "shortable": True,
            "easy_to_borrow": symbol not in self.scarce,
            "fractionable": True,
        }
        return {"id": str(uuid.uuid5(uuid.NAMESPACE_DNS, symbol)), "class": "us_equity", "exchange": "FTXU", "symbol": symbol, "name": None,
                "status": "active", "attributes": [], **terms}  # fmt: skip

    async def assets(self, _):
        return web.json_response([self.asset(symbol) for symbol in self.symbols])

    async def one_asset(self, request):
        return web.json_response(self.asset(request.match_info["name"]))

    # serving

    @web.middleware
    async def _served(self, request, handler):
        if request.headers.get("Upgrade"):
            return await handler(request)
        self.asked.append((request.method, request.path_qs))
        answer = None
        for hook in self.hooks:
            answer = answer or await hook(request)
        answer = answer or await handler(request)
        for hook in self.after:
            answer = await hook(request, answer) or answer
        left = str(200 - len(self.asked) % 60)
        reset = str(int(time.time()) + 30)
        answer.headers.update({"X-RateLimit-Limit": "200", "X-RateLimit-Remaining": left, "X-RateLimit-Reset": reset})
        answer.headers["X-Request-ID"] = uuid.uuid4().hex
        return answer

    async def __aenter__(self):
        app = web.Application(middlewares=[self._served])
        for method, path, handler in (
            ("POST", "orders", self.place), ("PATCH", "orders/{name}", self.replace), ("DELETE", "orders/{name}", self.cancel),
            ("GET", "orders", self.listed), ("GET", "orders/{name}", self.one), ("GET", "orders:by_client_order_id", self.named),
            ("GET", "account/activities", self.moved), ("GET", "positions", self.positions), ("GET", "account", self.account),
            ("GET", "clock", self.clock), ("GET", "calendar", self.calendar), ("GET", "assets", self.assets), ("GET", "assets/{name}", self.one_asset),
            ("GET", "stocks/bars", self.market.rest),
        ):  # fmt: skip
            app.router.add_route(method, f"/v2/{path}", handler)
        app.router.add_get("/stream", self.stream)
        app.router.add_get("/v2/{feed}", self.market.stream)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.trading_stream_url, self.data_stream_url = f"ws://127.0.0.1:{port}/stream", f"ws://127.0.0.1:{port}/v2/iex"
        self.ticking = asyncio.ensure_future(self.market.run())
        return self

    async def __aexit__(self, *_):
        self.ticking.cancel()
        await asyncio.gather(self.ticking, return_exceptions=True)
        await self.runner.cleanup()
