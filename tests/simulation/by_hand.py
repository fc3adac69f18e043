"""Be somebody who has the venue's own page open: an order of ours is cancelled or changed there, often as soon as it appears."""

import msgspec

from tenfold.exchange.messages import Request
from tenfold.exchange.settings import KEY, SECRET

SOON_S = 0.5
"""An order that is looked at as it appears is touched within this time: often before its sender has the answer."""


class ByHand:
    """Hold whose habit it is to touch orders of the process; `world` says how often."""

    def __init__(self, world):
        self.world = world
        self.chance = world.chance
        world.venue.witness = self.saw

    def saw(self, request, response):
        """Look at a request that the venue has answered: what is new may be touched at once."""
        if request.method != "POST" or response.status != 200 or not self.world.strikes("by hand at once"):
            return
        order_id = msgspec.json.decode(response.body)["id"]
        self.world.loop.call_later(self.chance.uniform(0.0, SOON_S), self.touch, order_id)

    def act(self):
        """Touch one of the orders that work."""
        found = [order.id for order in self.world.venue.books.open.values()]
        if found:
            self.touch(self.chance.choice(found))

    def touch(self, order_id):
        """Cancel an order, or ask for another price a little off its own."""
        world, order = self.world, self.world.venue.books.open.get(order_id)
        if order is None or world.healed:
            return
        change = self._change(order)
        if change is None or self.chance.random() < 0.4:
            self._ask("DELETE", order)
        else:
            self._ask("PATCH", order, msgspec.json.encode(change))

    def _change(self, order):
        """Return other prices of an order, None where it has none to change."""
        off = 1.0 + self.chance.uniform(-0.003, 0.003)
        for name, price in (("limit_price", order.limit), ("stop_price", order.stop)):
            if price is not None and order.kind != "trailing_stop":
                return {name: f"{price * off / 1e9:.2f}"}
        return None

    def _ask(self, method, order, body=b""):
        world = self.world
        headers = {"apca-api-key-id": KEY, "apca-api-secret-key": SECRET}
        request = Request(method, f"/v2/orders/{order.id}", {}, headers, body, world.venue.now_ns)
        response = world.venue.exchange.handle(request)
        done = "done" if response.status < 300 else "refused"
        world.count[f"by hand {method} {done}"] += 1
        world.note(f"by hand: {method} {order.client_order_id} ({order.status}) {done}")
