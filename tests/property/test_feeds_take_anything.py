"""Whatever a source tells, in whatever order: nothing breaks, nothing is a zero, and in the end every minute is the venue's."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from feed_scenes import MINUTE, OPEN_NS, SECOND, SYMBOLS, listener, prints, values
from tenfold.domain.events import Fitness, Revised
from tenfold.domain.live_market import PriceBands, Print, PrintCanceled, PrintCorrected, TradingStatus, VenueBar
from tenfold.domain.market import Quote
from tenfold.market.feed_source import SourceTerms

MINUTES = 8
NAN, INFINITY = float("nan"), float("inf")


def nonsense(chance, now):
    """Return a value that no venue should send."""
    symbol = chance.choice([*SYMBOLS, "UNKNOWN"])
    bid, ask = chance.choice([(10.0, 9.0), (0.0, 10.0), (10.0, 0.0), (10.0, 10.0), (float("nan"), 1.0), (1e9, 2e9)])
    odd = chance.choice([chance.randint(-3 * MINUTE, 3 * MINUTE), 2**62 - now])
    wrong = chance.choice([0.0, -1.0, NAN, INFINITY])
    made = {"open": 100.0, "high": 100.0, "low": 100.0, "close": 100.0, "volume": 1.0}
    open_ns = now // MINUTE * MINUTE
    return chance.choice(
        [
            Quote(ts_ns=now + odd, symbol=symbol, bid=bid, ask=ask),
            Quote(ts_ns=now, symbol=symbol, bid=wrong, ask=INFINITY),
            Print(ts_ns=now, symbol=symbol, price=wrong, size=1.0, trade_id="wrong"),
            Print(ts_ns=now, symbol=symbol, price=1.0, size=wrong, trade_id="wrong"),
            VenueBar(
                ts_ns=open_ns + MINUTE, symbol=symbol, kind=chance.choice(["minute", "updated", "daily"]), open_ns=open_ns,
                **{**made, chance.choice(["open", "high", "low", "close"]): wrong},
            ),
            TradingStatus(ts_ns=now + odd, symbol=symbol, code=chance.choice("HPQT23?")),
            PriceBands(ts_ns=now + odd, symbol=symbol, up=101.0, down=99.0),
            PrintCanceled(ts_ns=now, symbol=symbol, trade_id="never", price=1.0, size=1.0),
            PrintCorrected(
                ts_ns=now, symbol=symbol, original_id="never", original_price=1.0, original_size=1.0, trade_id="x", price=2.0,
                size=1.0,
            ),
        ]
    )  # fmt: skip


def disturbed(chance, scene, every, source):
    """Return (moment, source, value) with every defect that a stream can have; the venue's bars come, some twice and changed."""
    found = []
    for one in every:
        at = one.ts_ns + chance.randint(0, SECOND // 10)
        copies = chance.choices([0, 1, 2], [1, 20, 1])[0]
        found += [(at + number, source, one) for number in range(copies)]
        if chance.random() < 0.05:
            found.append((at + chance.randint(0, 40 * SECOND), source, replace(one, price=0.0)))
        if chance.random() < 0.1:
            found.append((at, source, nonsense(chance, at)))
    for bar in list(scene.truth.values()):
        at = bar.ts_ns + chance.randint(0, 2 * SECOND)
        found.append((at, source, bar))
        if chance.random() < 0.3:
            found.append((at, source, bar))
    return found


@settings(max_examples=60)
@given(st.integers(0, 2**30))
def test_it_ends_as_the_venue_has_it(seed):
    chance = random.Random(seed)  # noqa: S311 -- reproducible
    every = prints(seed, MINUTES, per_minute=chance.choice([0.3, 3.0, 20.0]))
    scene = listener(every, *(SourceTerms(name=name) for name in ("first", "second")))
    events = [one for name in ("first", "second") for one in disturbed(chance, scene, every, name)]
    breaks = 0
    for name in ("first", "second"):
        scene.link(name, OPEN_NS - 30 * SECOND)
        for _ in range(chance.randint(0, 2)):
            breaks += 1
            start = OPEN_NS + chance.randint(0, MINUTES * MINUTE)
            events += [(start, name, False), (start + chance.randint(SECOND, 90 * SECOND), name, True)]
    updated = {}
    for key, bar in scene.truth.items():
        if chance.random() < 0.2:
            updated[key] = replace(bar, kind="updated", high=bar.high + 1.0, volume=bar.volume + 100.0)
            at = bar.ts_ns + 20 * SECOND
            events += [(at, name, updated[key]) for name in ("first", "second")]
    scene.bars_of = lambda request: as_of(scene, request, updated)
    down = set()
    for now, name, value in sorted(events, key=lambda one: one[:2]):
        if isinstance(value, bool):
            scene.link(name, now, value)
            (down.discard if value else down.add)(name)
        elif name not in down:
            scene.hear(name, now, value)
    scene.until(OPEN_NS + (MINUTES + 5) * MINUTE)
    expected = {key: values(updated.get(key, bar)) for key, bar in scene.truth.items()}
    known = scene.known()
    # An update that came while both links were down, longer after the minute than is looked back, is not asked for.
    assert all(known[key] == expected[key] or values(scene.truth[key]) == known[key] for key in expected)
    assert sum(known[key] != expected[key] for key in expected) <= (len(updated) if breaks else 0)
    check(scene)


def as_of(scene, request, updated):
    """Return what the venue has at the moment of a request."""
    plain = {(bar.symbol, bar.open_ns): bar for bar in type(scene).bars_of(scene, request)}
    now = request.ts_ns + scene.delay_ns
    return [updated[key] if key in updated and now >= bar.ts_ns + 20 * SECOND else bar for key, bar in plain.items()]


def check(scene):
    """Hold what is true of everything that feeds ever tell."""
    moments = [one.ts_ns for one in scene.sets()]
    assert moments == sorted(set(moments))
    for one in scene.sets():
        assert {bar.symbol for bar in one.bars} | set(one.missing) == set(SYMBOLS)
        assert len(one.bars) + len(one.missing) == len(SYMBOLS)
    for one in [*(bar for told in scene.sets() for bar in told.bars), *(told.bar for told in scene.of(Revised))]:
        assert 0.0 < one.low <= min(one.open, one.close) <= max(one.open, one.close) <= one.high
        assert one.volume > 0.0
    last = {}
    for one in scene.of(Fitness):  # told on changes alone
        assert last.get(one.symbol) != one.fit
        last[one.symbol] = one.fit
    assert {symbol for symbol, fit in last.items() if not fit} == set(scene.feeds.unfit)
