"""What a client sees of each fault that strikes within the exchange: in its answers, its updates, its market data."""

from collections import defaultdict

from tenfold.domain.market import Quote
from tenfold.exchange.events import Bust, Correction, LateBar, PriceBands, Status
from tenfold.exchange.messages import TradeUpdate
from tenfold.exchange.wire import parse_time

FILLS = {"fill", "partial_fill"}


class Watched:
    """An exchange whose answers are kept: (method, path, status, decoded body, moment)."""

    def __init__(self, exchange, decode):
        self._exchange = exchange
        self._decode = decode
        self.answers = []

    def __getattr__(self, name):
        return getattr(self._exchange, name)

    def handle(self, request):
        response = self._exchange.handle(request)
        body = self._decode(response.body) if response.body else None
        self.answers.append((request.method, request.path, response.status, body, request.ts_ns))
        return response


class Seen:
    """What was answered and told."""

    def __init__(self, answers, told, restarts=0):
        self.answers = answers
        self.told = told
        self.restarts = restarts
        self.updates = [one for one in told if isinstance(one, TradeUpdate)]

    def events(self, *names):
        return [one for one in self.updates if one.event in names]

    def orders(self):
        """Return the updates of each order, in their order."""
        found = defaultdict(list)
        for one in self.updates:
            found[one.order["id"]].append(one)
        return list(found.values())

    def accepted(self):
        """Return the orders as they were answered to a POST."""
        return [body for method, path, status, body, _ in self.answers if (method, path, status) == POSTED]

    def answered(self, method, path):
        return [
            (status, body, ts_ns) for one, other, status, body, ts_ns in self.answers if (one, other) == (method, path)
        ]


POSTED = ("POST", "/v2/orders", 200)


def number(text):
    return float(text or 0)


def partial_then_cancel(seen):
    ends = [[(one.event, number(one.order["filled_qty"])) for one in told[-2:]] for told in seen.orders()]
    return [end for end in ends if [name for name, _ in end] == ["partial_fill", "canceled"] and end[1][1] > 0]


def fill_after_cancel(seen):
    names = [[one.event for one in told] for told in seen.orders()]
    ends = ("canceled", "expired")
    return [one for one in names if any(end in one and FILLS & set(one[one.index(end) :]) for end in ends)]


def replace_loses_to_fill(seen):
    return [one for one in seen.events("rejected") if one.order["replaces"] and filled(seen, one.order["replaces"])]


def filled(seen, order_id):
    return any(one.event == "fill" for one in seen.updates if one.order["id"] == order_id)


def replace_original_qty(seen):
    """Find successors that work for all that the first order wanted, whatever it had filled."""
    olds = [one for one in seen.events("replaced") if number(one.order["filled_qty"])]
    after = {one.order["id"]: one.order for one in seen.updates}
    return [one for one in olds if after[one.order["replaced_by"]]["qty"] == one.order["qty"]]


def pending_cancel_stuck(seen):
    found = []
    for told in seen.orders():
        waits = [one for one in told if one.event == "pending_cancel"]
        found += [
            one for one in waits if told[-1].event != "pending_cancel" and told[-1].ts_ns - one.ts_ns >= 60 * 10**9
        ]
    return found


def pending_replace_stuck(seen):
    olds = [{one.event: one.ts_ns for one in told} for told in seen.orders()]
    return [one for one in olds if "replaced" in one and one["replaced"] > one.get("pending_replace", one["replaced"])]


def overfill(seen):
    return [one for one in seen.events("fill") if number(one.order["filled_qty"]) > number(one.order["qty"]) > 0]


def async_reject(seen):
    accepted = {one["id"] for one in seen.accepted()}
    return [one for one in seen.events("rejected") if one.order["id"] in accepted]


def oco_both_fill(seen):
    pairs = [
        [one["id"], *(leg["id"] for leg in one["legs"] or ())] for one in seen.accepted() if one["order_class"] == "oco"
    ]
    legs = [[one["id"] for one in order["legs"]] for order in seen.accepted() if order["order_class"] == "bracket"]
    return [ids for ids in pairs + legs if len(ids) == 2 and all(filled(seen, one) for one in ids)]


def bracket_parent_canceled(seen):
    parents = {one["id"] for one in seen.accepted() if one["order_class"] == "bracket"}
    return [
        one for one in seen.events("canceled") if one.order["id"] in parents and number(one.order["filled_qty"]) > 0
    ]


def refusal_races_fill(seen):
    """A refusal for want of buying power, of an order that is accepted a moment later."""
    found = seen.answered("POST", "/v2/orders")
    short = [
        (ts_ns, body)
        for status, body, ts_ns in found
        if status == 403 and body["message"] == "insufficient buying power"
    ]
    later = [ts_ns for status, _, ts_ns in found if status == 200]
    return [body for ts_ns, body in short if any(0 < one - ts_ns <= 3 * 10**9 for one in later)]


def manual_trade(seen):
    own = {one["id"] for one in seen.accepted()} | {leg["id"] for one in seen.accepted() for leg in one["legs"] or ()}
    own |= {one["id"] for _, path, status, one, _ in seen.answers if status == 200 and "/positions/" in path}
    for _, path, status, body, _ in seen.answers:
        if status == 207 and path == "/v2/positions":
            own |= {one["body"]["id"] for one in body}
    return {one.order["id"] for one in seen.updates if not one.order["replaces"]} - own


def restart(seen):
    """The exchange restarts, and every order that was answered is listed after it."""
    listed = {one["id"] for _, body, _ in seen.answered("GET", "/v2/orders") for one in body}
    return ["restarted"] * seen.restarts if {one["id"] for one in seen.accepted()} <= listed else []


def restart_with_loss(seen):
    """The exchange restarts under an order, which is listed nowhere."""
    lost = [body for status, body, _ in seen.answered("POST", "/v2/orders") if status == 503]
    return lost if len(lost) == seen.restarts and len(seen.orders()) >= len(seen.accepted()) else []


def stale_reads(seen):
    """An order that was accepted is not there when it is asked for at once."""
    accepted = {f"/v2/orders/{one['id']}" for one in seen.accepted()}
    return [path for method, path, status, *_ in seen.answers if (method, status) == ("GET", 404) and path in accepted]


def order_not_found_yet(seen):
    return [body for status, body, _ in seen.answered("GET", "/v2/orders:by_client_order_id") if status == 404]


def unsorted_activities(seen):
    """Fills that are listed in another order than they happened in."""
    happened = [one.execution_id for one in reversed(seen.events(*FILLS))]
    pages = [body for _, body, _ in seen.answered("GET", "/v2/account/activities")]
    listed = [[one["id"].partition("::")[2] for one in page if one["activity_type"] == "FILL"] for page in pages]
    return [one for one in listed if one != [each for each in happened if each in set(one)]]


def paging_ties(seen):
    at = [one["submitted_at"] for one in seen.accepted()]
    return [one for place, one in enumerate(at) if one in at[:place]]


def clock_skew(seen):
    clocks = seen.answered("GET", "/v2/clock")
    return [body for _, body, ts_ns in clocks if parse_time(body["timestamp"]) - ts_ns == 2 * 10**9]


def of_kind(kind, wanted=lambda one: True):
    return lambda seen: [one for one in seen.told if isinstance(one, kind) and wanted(one)]


def event(*names):
    return lambda seen: seen.events(*names)


EVIDENCE = {
    "partial_then_cancel": partial_then_cancel,
    "fill_after_cancel": fill_after_cancel,
    "cancel_rejected": event("order_cancel_rejected"),
    "replace_loses_to_fill": replace_loses_to_fill,
    "replace_rejected": event("order_replace_rejected"),
    "replace_original_qty": replace_original_qty,
    "pending_cancel_stuck": pending_cancel_stuck,
    "pending_replace_stuck": pending_replace_stuck,
    "overfill": overfill,
    "trade_bust": event("trade_bust"),
    "trade_correct": event("trade_correct"),
    "async_reject": async_reject,
    "done_for_day": event("done_for_day"),
    "oco_both_fill": oco_both_fill,
    "bracket_parent_canceled": bracket_parent_canceled,
    "refusal_races_fill": refusal_races_fill,
    "restated": event("restated"),
    "manual_trade": manual_trade,
    "ioc_expired": lambda seen: [one for one in seen.events("expired") if one.order["time_in_force"] in {"ioc", "fok"}],
    "random_partial": event("partial_fill"),
    "rare_states": event("suspended", "stopped", "calculated"),
    "restart": restart,
    "restart_with_loss": restart_with_loss,
    "stale_reads": stale_reads,
    "unsorted_activities": unsorted_activities,
    "paging_ties": paging_ties,
    "order_not_found_yet": order_not_found_yet,
    "clock_skew": clock_skew,
    "late_bar": of_kind(LateBar),
    "trade_correction": of_kind(Correction, lambda one: one.corrected.price != one.original.price),
    "trade_cancel": of_kind(Bust),
    "crossed_quote": of_kind(Quote, lambda one: one.bid > one.ask),
    "locked_quote": of_kind(Quote, lambda one: one.bid == one.ask),
    "halt": of_kind(Status, lambda one: one.code == "H"),
    "price_bands": of_kind(PriceBands, lambda one: one.up / one.down < 1.02),
}
"""By fault: what is seen of it; a sighting a strike, but for `HARDLY_SEEN`."""

HARDLY_SEEN = {
    "bracket_parent_canceled": "an entry that is cancelled by its client after it filled in part looks the same",
    "manual_trade": "an order by hand may be refused as any other may",
    "order_not_found_yet": "nobody asks for most orders in the moment after they were accepted",
    "refusal_races_fill": "most sales free what nobody asks for in that moment",
    "stale_reads": "most reads lag behind nothing that changed",
    "unsorted_activities": "a few fills of one moment may come in their order by chance",
}
"""Faults of which strikes and sightings differ in number, and why."""
