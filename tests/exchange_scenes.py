"""A client of the exchange without a socket, and a stream of orders drawn from a seed."""

import json
import random

from tenfold.exchange.messages import Request
from tenfold.exchange.settings import KEY, SECRET

HEADERS = {"apca-api-key-id": KEY, "apca-api-secret-key": SECRET, "content-type": "application/json"}


class Client:
    """Ask an exchange as its first account, at its own moment; keep what the streams tell."""

    def __init__(self, exchange):
        self.exchange = exchange
        self.told = []
        exchange.subscribe(self.told.append)

    def ask(self, method, path, body=None, **query):
        """Return (status, decoded body or None)."""
        raw = b"" if body is None else json.dumps(body).encode()
        shown = {name: str(value) for name, value in query.items()}
        response = self.exchange.handle(Request(method, path, shown, HEADERS, raw, self.exchange.now_ns))
        return response.status, json.loads(response.body) if response.body else None

    def get(self, path, **query):
        return self.ask("GET", path, **query)[1]

    def order(self, symbol="AAPL", qty="1", side="buy", type="market", time_in_force="day", **more):
        """Send an order; return (status, body)."""
        return self.ask(
            "POST",
            "/v2/orders",
            {"symbol": symbol, "qty": str(qty), "side": side, "type": type, "time_in_force": time_in_force, **more},
        )

    def updates(self):
        """Return the names of the trade updates so far, in order."""
        return [one.event for one in self.told if hasattr(one, "event")]

    def price(self, symbol="AAPL"):
        """Return what a symbol is worth, in dollars."""
        return self.exchange.latest.mark(symbol) / 1e9

    def wait(self, seconds):
        """Let replayed time pass."""
        self.exchange.advance(self.exchange.now_ns + round(seconds * 1e9))


def trade_at_random(exchange, seed, steps, symbols, pause_s=20.0):
    """Send orders, cancels, replacements and questions that a seed draws; return the client."""
    chance, client, known = random.Random(seed), Client(exchange), []  # noqa: S311 -- reproducible
    for _ in range(steps):
        client.wait(chance.uniform(0.0, 2.0 * pause_s))
        symbol, side, qty = chance.choice(symbols), chance.choice(["buy", "sell"]), chance.randint(1, 20)
        price = client.price(symbol)
        near = f"{price * chance.uniform(0.998, 1.002):.2f}"
        kind = chance.random()
        if kind < 0.35:
            status, body = client.order(symbol, qty, side)
        elif kind < 0.6:
            status, body = client.order(
                symbol, qty, side, "limit", chance.choice(["day", "gtc", "ioc", "fok"]), limit_price=near
            )
        elif kind < 0.7:
            far = {"limit_price": f"{price * 1.01:.2f}"}, {"stop_price": f"{price * 0.99:.2f}"}
            status, body = client.order(symbol, qty, "buy", order_class="bracket", take_profit=far[0], stop_loss=far[1])
        elif kind < 0.8 and known:
            status, body = client.ask("DELETE", f"/v2/orders/{chance.choice(known)}")
        elif kind < 0.88 and known:
            status, body = client.ask(
                "PATCH", f"/v2/orders/{chance.choice(known)}", {"qty": str(qty), "limit_price": near}
            )
        elif kind < 0.94:
            status, body = client.ask("GET", chance.choice(["/v2/account", "/v2/positions", "/v2/orders", "/v2/clock"]))
        else:
            status, body = client.ask("DELETE", f"/v2/positions/{symbol}")
        assert status < 500, body
        if isinstance(body, dict) and "client_order_id" in body:
            known.append(body["id"])
    return client
