"""Hold what feeds have told to what the venue has: every minute, with its values (I14)."""

from tenfold.domain.units import NS_PER_MINUTE

SETTLED_NS = 5 * NS_PER_MINUTE
"""A minute may change for so long after its end."""


def check_minutes(world, bars, fail):
    """Compare the minutes that engines were told, by symbol and close, with the venue's."""
    told = {}
    for (symbol, close_ns), bar in bars.items():
        told.setdefault(symbol, {})[close_ns - NS_PER_MINUTE] = bar
    venue = world.venue
    for symbol, ours in told.items():
        first, last = min(ours), max(ours) + NS_PER_MINUTE
        there = {one.ts_ns: one for one in venue.exchange.history.bars(symbol, "1Min", first, last, venue.now_ns)}
        for open_ns, bar in ours.items():
            one = there.get(open_ns)
            if one is None or open_ns >= venue.now_ns - SETTLED_NS:
                continue
            if any(0 <= at_ns - open_ns < SETTLED_NS for at_ns in world.deaths):
                world.count["minutes whose teller died"] += 1  # what it still asked for; the next begins where it is
                continue
            world.count["minutes compared"] += 1
            here = (bar.open, bar.high, bar.low, bar.close, bar.volume)
            if here == (one.open, one.high, one.low, one.close, one.volume):
                continue
            if world.count["market frames lost"]:
                world.count["minutes told otherwise"] += 1  # of what was sent and lost in silence nobody can know
            else:
                fail(f"I14: the minute {open_ns} of {symbol} is {here} here and {one} there")


def check_every_minute(world, desk, fail):
    """See that no minute of the venue is missing between the first and the last that a process was told."""
    venue = world.venue
    if not desk.told:
        return
    first, last = min(desk.told), max(desk.told)
    for symbol in desk.symbols:
        for one in venue.exchange.history.bars(symbol, "1Min", first - NS_PER_MINUTE, last, venue.now_ns):
            close_ns = one.ts_ns + NS_PER_MINUTE
            if venue.now_ns - close_ns < SETTLED_NS or not venue.exchange.sessions.is_open(one.ts_ns):
                continue
            world.count["minutes sought"] += 1
            if symbol not in desk.told.get(close_ns, ()):
                fail(f"I14: the minute {one.ts_ns} of {symbol} was never told")
