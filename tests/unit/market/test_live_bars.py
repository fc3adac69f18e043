"""Minutes of one source: built as a file of the same prints would be, whatever comes late, is corrected or taken back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from feed_scenes import MINUTE, OPEN_NS, SECOND, prints, values, venue_bars
from tenfold.domain.live_market import Print, PrintCanceled, PrintCorrected, VenueBar
from tenfold.domain.market import Flag
from tenfold.market.builder import BarBuilder
from tenfold.market.live_bars import LiveBars, defect
from tenfold.market.print_conditions import counts


def one(seconds, price=10.0, size=1.0, trade_id="", conditions=""):
    ts_ns = OPEN_NS + round(seconds * SECOND)
    return Print(ts_ns=ts_ns, symbol="A", price=price, size=size, trade_id=trade_id, conditions=conditions)


@given(st.integers(0, 2**20), st.randoms(use_true_random=False))
def test_minutes_equal_those_of_a_file_in_whatever_order_they_come(seed, chance):
    every = prints(seed, 6, ("A",))
    live, builder = LiveBars("A"), BarBuilder("A", MINUTE)
    built = [builder.trade(found.ts_ns, found.price, found.size) for found in every]
    built = [bar for bar in [*built, builder.advance(1 << 62)] if bar is not None]
    for minute in range(6):
        within = [found for found in every if (found.ts_ns - OPEN_NS) // MINUTE == minute]
        chance.shuffle(within)
        for found in within:
            assert live.trade(found) is None
        live.settle(OPEN_NS + (minute + 1) * MINUTE)
    for bar in built:
        assert values(live.bar(bar.open_ns)) == values(bar)
        assert live.bar(bar.open_ns).ts_ns == bar.ts_ns
    assert live.bar(OPEN_NS + 6 * MINUTE) is None


def test_a_late_print_raises_the_high_and_adds_volume_but_closes_nothing():
    live = LiveBars("A")
    live.trade(one(1, 10.0))
    live.trade(one(2, 11.0))
    live.settle(OPEN_NS + MINUTE)
    assert live.trade(one(30, 15.0, 2.0)) == OPEN_NS
    bar = live.bar(OPEN_NS)
    assert (values(bar), bar.extra) == ((10.0, 15.0, 10.0, 11.0, 4.0), (3.0, 51.0 / 4.0))
    assert live.trade(one(61, 9.0)) is None


def test_a_minute_of_which_every_print_is_late_is_made_of_them():
    live = LiveBars("A")
    live.settle(OPEN_NS + 2 * MINUTE)
    assert live.trade(one(70, 12.0)) == OPEN_NS + MINUTE
    assert live.trade(one(10, 11.0)) == OPEN_NS
    assert values(live.bar(OPEN_NS)) == (11.0, 11.0, 11.0, 11.0, 1.0)


@given(st.integers(0, 2**20), st.data())
def test_what_is_corrected_or_taken_back_leaves_the_bar_of_what_remains(seed, data):
    every = [found for found in prints(seed, 3, ("A",)) if found.ts_ns < OPEN_NS + 3 * MINUTE]
    live = LiveBars("A")
    for found in every:
        live.trade(found)
    live.settle(OPEN_NS + 3 * MINUTE)
    known = {found.trade_id: found for found in every}
    for trade_id in data.draw(st.lists(st.sampled_from(sorted(known) or ["0"]), unique=True, max_size=4)):
        if trade_id not in known:
            continue
        gone = known[trade_id]
        told = {"ts_ns": gone.ts_ns + SECOND, "symbol": "A"}
        if data.draw(st.booleans()):
            del known[trade_id]
            changed = live.cancel(PrintCanceled(trade_id=trade_id, price=gone.price, size=gone.size, **told))
        else:
            known[trade_id] = Print(ts_ns=gone.ts_ns, symbol="A", price=gone.price + 1.0, size=7.0)
            changed = live.correct(
                PrintCorrected(
                    original_id=trade_id, original_price=gone.price, original_size=gone.size, trade_id="x",
                    price=gone.price + 1.0, size=7.0, **told,
                )
            )  # fmt: skip
        assert changed == gone.ts_ns // MINUTE * MINUTE
    truth = venue_bars(sorted(known.values(), key=lambda found: found.ts_ns))
    for minute in range(3):
        bar = live.bar(OPEN_NS + minute * MINUTE)
        expected = truth.get(("A", OPEN_NS + minute * MINUTE))
        assert (bar and values(bar)) == (expected and values(expected))


def test_what_was_never_told_cannot_be_taken_back():
    live = LiveBars("A")
    live.trade(one(1, trade_id="1"))
    assert live.cancel(PrintCanceled(ts_ns=OPEN_NS, symbol="A", trade_id="2", price=10.0, size=1.0)) is None
    assert live.unknown == 1
    assert live.cancel(PrintCanceled(ts_ns=OPEN_NS, symbol="A", trade_id="1", price=10.0, size=1.0)) is None
    assert live.bar(OPEN_NS) is None


def test_without_ids_price_and_size_tell_which_print_is_meant():
    live = LiveBars("A")
    live.trade(one(1, 10.0, 3.0))
    live.trade(one(2, 11.0, 3.0))
    live.cancel(PrintCanceled(ts_ns=OPEN_NS, symbol="A", trade_id="", price=11.0, size=3.0))
    assert values(live.bar(OPEN_NS)) == (10.0, 10.0, 10.0, 10.0, 3.0)


def test_the_venues_bar_stands_and_shows_what_was_lost():
    every = prints(3, 2, ("A",), per_minute=9.0)
    live = LiveBars("A")
    told = venue_bars(every)
    for found in every[1:]:
        live.trade(found)
    for bar in told.values():
        assert live.venue(bar) is None
        assert live.by_venue(bar.open_ns)
        assert values(live.bar(bar.open_ns)) == values(bar)
    assert [live.disagrees(open_ns) for _, open_ns in told] == [True, False]
    assert (live.lost, live.disagrees(OPEN_NS - MINUTE), live.by_venue(OPEN_NS - MINUTE)) == (1, False, False)
    first = told["A", OPEN_NS]
    assert live.venue(first) == OPEN_NS  # told again, as an updated bar is


def test_a_sum_of_fractions_is_the_same_in_the_last_places():
    live = LiveBars("A")
    live.trade(one(1, size=0.1))
    live.trade(one(2, size=0.2))
    told = VenueBar(
        ts_ns=OPEN_NS + MINUTE, symbol="A", kind="minute", open_ns=OPEN_NS, open=10.0, high=10.0, low=10.0, close=10.0, volume=0.3
    )  # fmt: skip
    live.venue(told)
    assert not live.disagrees(OPEN_NS)
    live.trade(one(3, size=0.0001))
    assert live.disagrees(OPEN_NS)


def test_an_updated_bar_stands_though_the_first_comes_again():
    told = venue_bars(prints(3, 1, ("A",), per_minute=9.0))["A", OPEN_NS]
    live = LiveBars("A")
    live.venue(told)
    updated = replace(told, kind="updated", volume=told.volume + 1.0)
    assert live.venue(updated) == OPEN_NS
    assert live.venue(told) is None
    assert live.bar(OPEN_NS).volume == updated.volume


def test_odd_stamps_far_ahead_leave_room_for_what_happens():
    live = LiveBars("A", kept=3)
    live.settle(OPEN_NS)
    for minute in range(60, 70):
        live.trade(one(60 * minute, 99.0))
    live.trade(one(1))
    assert live.bar(OPEN_NS).close == 10.0


def test_conditions_say_what_a_print_counts_for():
    live = LiveBars("A")
    live.trade(one(1, 10.0, 100.0, conditions="@"))
    live.trade(one(2, 99.0, 5.0, conditions="@I"))
    live.trade(one(3, 98.0, 1e6, conditions="M"))
    assert values(live.bar(OPEN_NS)) == (10.0, 10.0, 10.0, 10.0, 105.0)
    assert (counts(""), counts("TI"), counts("9")) == ((True, True), (False, True), (False, False))
    odd = LiveBars("A")
    odd.trade(one(1, conditions="I"))
    assert odd.bar(OPEN_NS) is None


@pytest.mark.parametrize("condition", "CGHINPRUVWZ47")
def test_what_alpaca_leaves_out_of_the_prices_of_its_minutes_makes_no_bar(condition):
    """Market Data FAQ, "How are bars aggregated?": of such prints alone it sends no bar."""
    live = LiveBars("A")
    live.trade(one(1, 99.0, conditions=f"@{condition}"))
    assert live.bar(OPEN_NS) is None


def test_b_is_an_average_price_but_on_the_tape_of_nasdaq():
    assert (counts(" B"), counts("@B"), counts("@FT"), counts(" O"), counts(" 6")) == (
        (False, True),
        *[(True, True)] * 4,
    )


def test_a_suspicious_print_marks_its_bar_and_an_impossible_one_is_left_out():
    live = LiveBars("A")
    live.trade(one(1), suspicious=True)
    live.trade(one(2, 0.0))
    live.trade(one(2, 5.0, 0.0))
    assert live.bar(OPEN_NS).flags == Flag.OUTLIER
    assert live.bar(OPEN_NS).low == 10.0


def test_prints_are_kept_as_long_as_they_may_be_corrected():
    live = LiveBars("A")
    live.trade(one(1, 10.0, trade_id="1"))
    live.trade(one(2, 12.0, trade_id="2"))
    for minute in range(1, 20):
        live.trade(one(60 * minute, 10.0))
        live.settle(OPEN_NS + minute * MINUTE)
    before = live.bar(OPEN_NS)
    assert live.cancel(PrintCanceled(ts_ns=OPEN_NS, symbol="A", trade_id="2", price=12.0, size=1.0)) is None
    assert (live.unknown, live.bar(OPEN_NS)) == (1, before)
    assert live.trade(one(3, 20.0)) == OPEN_NS
    assert values(live.bar(OPEN_NS)) == (10.0, 20.0, 10.0, 12.0, 3.0)
    assert live.bar(OPEN_NS).extra == (3.0, 14.0)
    late = PrintCanceled(ts_ns=OPEN_NS + 20 * MINUTE, symbol="A", trade_id="", price=20.0, size=1.0)
    assert live.cancel(late) == OPEN_NS
    assert live.bar(OPEN_NS) == before


def test_odd_lots_are_kept_no_longer_than_other_prints():
    live, once = LiveBars("A"), LiveBars("A")
    for minute in range(30):
        for second in range(20):
            told = one(60 * minute + second, 10.0 + second, 3.0, f"{minute}/{second}", "I" if second else "")
            live.trade(told)
            once.trade(told)
        live.settle(OPEN_NS + (minute + 1) * MINUTE)
    assert all(live.bar(OPEN_NS + minute * MINUTE) == once.bar(OPEN_NS + minute * MINUTE) for minute in range(30))
    gone = [
        PrintCanceled(ts_ns=OPEN_NS, symbol="A", trade_id=f"{minute}/5", price=15.0, size=3.0) for minute in (5, 25)
    ]
    assert [live.cancel(bust) for bust in gone] == [None, OPEN_NS + 25 * MINUTE]
    assert (live.unknown, live.bar(OPEN_NS + 25 * MINUTE).volume) == (1, 57.0)
    assert live.trade(one(30, 40.0, 2.0)) == OPEN_NS
    assert values(live.bar(OPEN_NS)) == (10.0, 40.0, 10.0, 10.0, 62.0)
    assert live.bar(OPEN_NS).extra == (21.0, pytest.approx((3.0 * sum(range(10, 30)) + 80.0) / 62.0))


def test_only_the_last_minutes_are_kept():
    live = LiveBars("A", kept=3)
    for minute in range(10):
        live.trade(one(60 * minute))
    assert [live.bar(OPEN_NS + minute * MINUTE) is not None for minute in range(10)] == [False] * 7 + [True] * 3


@pytest.mark.parametrize(
    ("price", "size"),
    [(0.0, 1.0), (float("nan"), 1.0), (float("inf"), 1.0), (1e9, 1.0), (9.0, 0.0), (9.0, float("inf"))],
)
def test_what_nothing_can_have_traded_at_is_no_print(price, size):
    live = LiveBars("A")
    live.trade(one(1, 10.0, 5.0, "a"))
    live.trade(one(2, price, size, "b"))
    live.trade(one(3, 11.0, 5.0, "c"))
    live.settle(OPEN_NS + MINUTE)
    assert values(live.bar(OPEN_NS)) == (10.0, 11.0, 10.0, 11.0, 10.0)
    wrong = PrintCorrected(
        ts_ns=OPEN_NS, symbol="A", original_id="c", original_price=11.0, original_size=5.0, trade_id="d", price=price, size=size
    )  # fmt: skip
    assert live.correct(wrong) == OPEN_NS
    assert values(live.bar(OPEN_NS)) == (10.0, 10.0, 10.0, 10.0, 5.0)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, ""), ({"volume": 0.0}, ""), ({"open": float("nan")}, "missing_price"), ({"low": 0.0}, "nonpositive_price"),
        ({"close": -1.0}, "nonpositive_price"), ({"high": 9.0}, "ohlc"), ({"low": 10.5}, "ohlc"), ({"high": float("inf")}, "ohlc"),
        ({"high": 700_000.0}, ""), ({"high": 1e9}, "ohlc"), ({"high": 1e301}, "ohlc"),
        ({"volume": -1.0}, "missing_value"), ({"volume": float("nan")}, "missing_value"),
    ],
)  # fmt: skip
def test_a_bar_of_the_venue_that_is_none(changed, found):
    made = {"open": 10.0, "high": 11.0, "low": 9.5, "close": 10.0, "volume": 3.0} | changed
    assert defect(VenueBar(ts_ns=OPEN_NS + MINUTE, symbol="A", kind="minute", open_ns=OPEN_NS, **made)) == found
