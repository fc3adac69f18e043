"""Count how the system fares under the exchange's chaos alone: how many orders end as the venue confirms, how long data are fit.

    python tests/simulation/keeps_trading.py --count 100     two at a time; the exit status is 1 where a share is below its bound

Nobody kills, pauses or cuts off anything here: the faults are those that `tenfold exchange --chaos SEED` draws, and nobody helps.

An intent is an order that passed the limits and was journaled. It ends in a state that the venue confirms where the venue took it and both say the same
of it; where the venue refused it in its own words; where it was taken back before it left, so that the venue was never asked; or where the
venue, asked by name once nothing could be on its way any more, did not know it twice. An order that may wait no longer, since the venue keeps a cancel in its symbol
pending, is refused here and never sent: the venue's books have nothing of it. A second figure is harder: of the intents that were still wanted and that the venue
had nothing against, the share that it took; what was given up or never sent is missing there.
"""

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from draws import draw  # noqa: E402
from shrinking import failure_of  # noqa: E402

from tenfold.domain.order import OrderStatus, OrderUpdate  # noqa: E402
from tenfold.exchange.chaos import draw_faults  # noqa: E402
from tenfold.exchange.opening import MADE_UP_START_NS  # noqa: E402
from tenfold.exchange.settings import ServerSettings  # noqa: E402

NANO = 1_000_000_000
SHARE_MIN = 0.999
TAKEN_BACK = "taken back before it left, or gone with its entry"
REFUSED = "refused by the venue"
GIVEN_UP = "given up, since the venue never had it"
TOO_LATE = "never sent, since it was too late"
ACTIVITY = 2.0
"""Of the market: of a share that is hardly quoted nobody can say whether its data are fit."""


def chaotic(seed, seconds=None):
    """Return the world of a seed with nothing but the exchange's faults."""
    drawn = draw(seed)
    return replace(
        drawn, faults=draw_faults(seed), habits={"latency_s": 0.02}, engines=1, feeds=True, lawful=False, clock_s=0.0, activity=ACTIVITY,
        day="full", begin_ns=MADE_UP_START_NS, per_minute=ServerSettings().trading_requests_per_minute, seconds=seconds or drawn.seconds,
    )  # fmt: skip


def ends_of(world):
    """Return how many orders are settled as the venue has them, and what became of those that never reached it."""
    count, causes = Counter(), causes_of(world)
    blotter = next(one for one in world.slots if one is not None and one.holds).core.blotter
    orders = world.venue.exchange.trading._b.orders
    for tracked in blotter.register.orders.values():
        if tracked.external:
            continue
        parts = [part for part in tracked.parts if part.venue_id in orders]
        same = all(
            (part.live, part.filled) == (orders[part.venue_id].live, orders[part.venue_id].filled_qty // NANO)
            for part in parts
        )
        count["intents"] += 1
        count["settled as the venue has it"] += same and not any(part.doubtful for part in tracked.live)
        if not parts:
            count[causes.get(tracked.order.order_id, f"{tracked.status}, and never there")] += 1
    return count


def causes_of(world):
    """Return by order why it ended without the venue, as the journal has it."""
    found = {}
    for record in world.disk.records():
        if isinstance(record, OrderUpdate):
            if record.status is OrderStatus.ABANDONED:
                found[record.order_id] = GIVEN_UP
            elif record.status is OrderStatus.CANCELED:
                found[record.order_id] = TAKEN_BACK
            elif record.status is OrderStatus.REJECTED:
                found[record.order_id] = TOO_LATE if record.text.startswith("it could not be sent") else REFUSED
    return found


def judged(seed, seconds=None):
    """Return the counts of a seed."""
    error, world = failure_of(chaotic(seed, seconds))
    count = Counter(failed=error is not None)
    if error is None:
        count += ends_of(world)
    for name in ("seconds judged", "seconds fit", "feeds Alerted"):
        count[name] = world.count[name]
    return seed, error, count


def shares(count):
    """Return which share of intents ends as the venue confirms, which of those that it had nothing against it took, and how long data are fit."""
    open_to = count["intents"] - count[TAKEN_BACK] - count[REFUSED]
    never = count[GIVEN_UP] + count[TOO_LATE]
    return (
        count["settled as the venue has it"] / max(count["intents"], 1),
        (open_to - never) / max(open_to, 1),
        count["seconds fit"] / max(count["seconds judged"], 1),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    total = Counter()
    with ProcessPoolExecutor(options.processes) as pool:
        for seed, error, count in pool.map(judged, range(options.first, options.first + options.count)):
            total += count
            if error is not None or min(shares(count)[0], shares(count)[2]) < SHARE_MIN:
                print(seed, repr(error)[:200], dict(count), flush=True)  # noqa: T201
    confirmed, taken, fit = shares(total)
    print(dict(total))  # noqa: T201
    print(f"{confirmed:.3%} of {total['intents']:,} intents end in a state that the venue confirms")  # noqa: T201
    print(f"{taken:.3%} of those that were wanted to the end, and that it had nothing against, it took")  # noqa: T201
    print(f"{fit:.3%} of {total['seconds judged']:,} seconds have fit data")  # noqa: T201
    return int(total["failed"] > 0 or min(confirmed, fit) < SHARE_MIN)


if __name__ == "__main__":
    sys.exit(main())
