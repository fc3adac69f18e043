"""Count how the system fares under the exchange's chaos alone: how many orders end as the venue confirms, how long data are fit.

    python tests/simulation/keeps_trading.py --count 100     two at a time; the exit status is 1 where a share is below its bound

Nobody kills, pauses or cuts off anything here: the faults are those that `tenfold exchange --chaos SEED` draws, and nobody helps.
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

from tenfold.domain.order import OrderStatus  # noqa: E402
from tenfold.exchange.chaos import draw_faults  # noqa: E402
from tenfold.exchange.opening import MADE_UP_START_NS  # noqa: E402

NANO = 1_000_000_000
SHARE_MIN = 0.999
ACTIVITY = 2.0
"""Of the market: of a share that is hardly quoted nobody can say whether its data are fit."""


def chaotic(seed, seconds=None):
    """Return the world of a seed with nothing but the exchange's faults."""
    drawn = draw(seed)
    return replace(
        drawn, faults=draw_faults(seed), habits={"latency_s": 0.02}, engines=1, feeds=True, lawful=False, clock_s=0.0, activity=ACTIVITY,
        day="full", begin_ns=MADE_UP_START_NS, seconds=seconds or drawn.seconds,
    )  # fmt: skip


def ends_of(world):
    """Return how many orders are settled as the venue has them, and of these how many never reached it."""
    count = Counter()
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
            gave_up = tracked.status is OrderStatus.ABANDONED
            count["given up, since the venue never had it" if gave_up else f"{tracked.status}, and never there"] += 1
    return count


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
    """Return which share of orders ends as the venue has it, and of the session's seconds the data are fit."""
    return (
        count["settled as the venue has it"] / max(count["intents"], 1),
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
            if error is not None or min(shares(count)) < SHARE_MIN:
                print(seed, repr(error)[:200], dict(count), flush=True)  # noqa: T201
    confirmed, fit = shares(total)
    print(dict(total))  # noqa: T201
    print(f"{confirmed:.3%} of intents end as the venue has them, {fit:.3%} of seconds have fit data")  # noqa: T201
    return int(total["failed"] > 0 or min(confirmed, fit) < SHARE_MIN)


if __name__ == "__main__":
    sys.exit(main())
