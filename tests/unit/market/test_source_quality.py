"""Every defect of live values is counted, costs what it costs in stored data, and tells the one from the other source."""

import pytest

from feed_scenes import MINUTE, OPEN_NS, SECOND, listener
from tenfold.domain.feed_settings import QualitySettings
from tenfold.domain.live_market import Print
from tenfold.domain.market import Quote
from tenfold.market.quality_report import quality_score
from tenfold.market.source_quality import SourceQuality


def quality(**settings):
    return SourceQuality(("A", "B"), QualitySettings(**settings))


def quote(bid, ask, ts_ns=OPEN_NS, symbol="A"):
    return Quote(ts_ns=ts_ns, symbol=symbol, bid=bid, ask=ask)


def trade(price, ts_ns=OPEN_NS, size=1.0):
    return Print(ts_ns=ts_ns, symbol="A", price=price, size=size)


@pytest.mark.parametrize(
    ("bid", "ask", "shown", "name"),
    [
        (10.0, 10.01, True, None),
        (10.0, 10.0, True, "zero_spread"),
        (10.01, 10.0, False, "crossed"),
        (0.0, 10.0, False, "one_sided"),
        (10.0, 0.0, False, "one_sided"),
        (float("nan"), 10.0, False, "one_sided"),
        (10.0, float("inf"), False, "one_sided"),
        (10.0, 199_999.99, True, None),
        (10.0, 1e9, False, "one_sided"),
        (float("inf"), float("inf"), False, "one_sided"),
        (1e301, 1e301, False, "one_sided"),
    ],
)
def test_a_quote_is_judged_alone(bid, ask, shown, name):
    one = quality()
    assert one.quote(quote(bid, ask), OPEN_NS + SECOND // 100, ()) is shown
    assert one.counts(OPEN_NS + SECOND) == ({"": 1.0} | ({name: 1.0} if name else {}))
    assert (one.seen["A"].quote is None) is not shown


def test_a_crossed_quote_makes_a_symbol_unfit_only_if_it_stays():
    one = quality()
    one.quote(quote(10.0, 10.1), OPEN_NS + 1, ())
    one.quote(quote(10.2, 10.1), OPEN_NS + SECOND, ())
    assert one.unfit("A", OPEN_NS + SECOND, OPEN_NS) == ""
    assert one.unfit("A", OPEN_NS + 3 * SECOND, OPEN_NS) == "the quote is crossed"
    one.quote(quote(10.0, 10.1), OPEN_NS + 3 * SECOND, ())
    assert one.unfit("A", OPEN_NS + 3 * SECOND, OPEN_NS) == ""


def test_a_price_far_from_the_other_source_is_an_outlier_of_who_left_what_was_before():
    ours, theirs = quality(), quality()
    for number in range(5):
        now = OPEN_NS + number * SECOND
        assert not ours.trade(trade(100.0, now), now, (theirs,))
        assert not theirs.trade(trade(100.1, now), now, (ours,))
    now = OPEN_NS + 5 * SECOND
    assert ours.trade(trade(90.0, now), now, (theirs,))
    assert ours.counts(now)["outlier"] == 1.0
    assert ours.seen["A"].price == 100.0
    for number in range(6):  # the market moves: the one that follows it is right
        now = OPEN_NS + (6 + number) * SECOND
        theirs.trade(trade(90.0, now), now, (ours,))
    assert not theirs.trade(trade(90.0, now), now, (ours,))
    later = now + 60 * SECOND  # nothing fresh to compare with
    assert not ours.trade(trade(50.0, later), later, (theirs,))


def test_a_quote_that_another_source_denies_is_shown_once_it_stays():
    ours, theirs = quality(), quality()
    for number in range(5):
        now = OPEN_NS + number * SECOND
        assert ours.quote(quote(99.99, 100.01), now, (theirs,))
        assert theirs.quote(quote(99.99, 100.01), now, (ours,))
    assert [ours.quote(quote(49.99, 50.01), now, (theirs,)) for _ in range(4)] == [False, False, False, True]
    assert ours.quote(quote(99.99, 100.01), now, (theirs,))  # what others say is no outlier
    assert (ours.seen["A"].quote.bid, ours.total["outlier"]) == (99.99, 3.0)


def test_prints_beyond_the_bands_and_impossible_ones():
    one = quality()
    assert one.trade(trade(10.0), OPEN_NS, (), beyond=True)
    assert one.trade(trade(0.0), OPEN_NS, ())
    assert one.trade(trade(10.0, size=0.0), OPEN_NS, ())
    assert one.counts(OPEN_NS) == {"": 3.0, "outlier": 1.0, "nonpositive_price": 1.0, "zero_volume": 1.0}


def test_disorder_and_a_clock_that_is_ahead():
    one = quality()
    one.quote(quote(10.0, 10.1, OPEN_NS + SECOND), OPEN_NS + SECOND, ())
    one.quote(quote(10.0, 10.1, OPEN_NS), OPEN_NS + SECOND, ())
    one.quote(quote(10.0, 10.1, OPEN_NS + 9 * SECOND), OPEN_NS + 2 * SECOND, ())
    counted = one.counts(OPEN_NS + SECOND)
    assert (counted["disorder"], counted["early_receipt"]) == (1.0, 1.0)
    assert one.offset_ns == -7 * SECOND
    assert one.unfit("A", OPEN_NS + 2 * SECOND, OPEN_NS) == "its clock is -7.0 s from ours"
    for number in range(1, 3):  # what was is forgotten
        now = OPEN_NS + number * MINUTE + 10 * SECOND
        one.quote(quote(10.0, 10.1, now), now, ())
    assert (one.offset_ns, one.unfit("A", now, OPEN_NS)) == (0, "")


def test_what_was_late_by_a_clock_that_has_been_set_since_is_not():
    one = quality()
    one.quote(quote(10.0, 10.1, OPEN_NS + 9 * SECOND), OPEN_NS, ())
    assert one.offset_ns == -9 * SECOND
    one.follow(QualitySettings())
    assert (one.offset_ns, one.unfit("A", OPEN_NS + SECOND, OPEN_NS)) == (0, "")


def test_a_feed_that_lags_is_unfit():
    one = quality(clock_s=1.0)
    for number in range(5):
        one.quote(quote(10.0, 10.1, OPEN_NS + number * SECOND), OPEN_NS + (number + 2) * SECOND, ())
    assert "2.0 s" in one.unfit("A", OPEN_NS + 6 * SECOND, OPEN_NS)


def test_a_symbol_of_which_nothing_comes_is_unfit():
    one = quality(stale_s=10.0)
    assert one.unfit("A", OPEN_NS, OPEN_NS) == "nothing has come yet"
    one.quote(quote(10.0, 10.1), OPEN_NS, ())
    assert one.unfit("A", OPEN_NS + 10 * SECOND, OPEN_NS) == ""
    assert one.unfit("A", OPEN_NS + 11 * SECOND, OPEN_NS) == "nothing came for 11 s"
    assert one.unfit("A", OPEN_NS + 11 * SECOND, OPEN_NS + 5 * SECOND) == "nothing has come yet"
    one.touch("A", OPEN_NS + 11 * SECOND)
    assert one.unfit("A", OPEN_NS + 11 * SECOND, OPEN_NS) == ""


def test_the_score_costs_what_stored_data_cost_and_forgets():
    one = quality(window_s=120.0)
    for number in range(100):
        one.quote(quote(10.0, 10.1) if number else quote(10.2, 10.1), OPEN_NS, ())
    assert one.scores(OPEN_NS, 60.0) == (quality_score({"crossed": 1}, 100),) * 3
    one.count("silent", OPEN_NS, 6.0)
    of_all, of_values, _ = one.scores(OPEN_NS, 60.0)
    assert (of_all, of_values) == (pytest.approx(of_values - 50.0), 99.0)
    assert one.scores(OPEN_NS + 3 * MINUTE, 60.0) == (100.0, 100.0, 100.0)
    assert one.total["crossed"] == 1.0


@pytest.mark.parametrize("after_s", [5, 1800])
def test_seconds_that_were_missed_are_a_share_of_the_whole_window_from_the_open_on(after_s):
    scene = listener([], "first")
    scene.link("first", OPEN_NS - MINUTE)
    for second in range(0, after_s, 2):
        scene.hear("first", OPEN_NS + second * SECOND, quote(10.0, 10.01, OPEN_NS + second * SECOND))
    scene.link("first", OPEN_NS + after_s * SECOND, up=False)
    scene.link("first", OPEN_NS + (after_s + 6) * SECOND)
    scene.until(OPEN_NS + (after_s + 10) * SECOND)
    assert scene.feeds.score() == 96.7


def test_one_stamp_far_ahead_does_not_put_what_follows_out_of_order():
    one = quality()
    one.quote(quote(10.0, 10.01, ts_ns=OPEN_NS + 10 * MINUTE), OPEN_NS, ())
    for second in range(5, 10):
        one.quote(quote(10.0, 10.01, ts_ns=OPEN_NS + second * SECOND), OPEN_NS + second * SECOND, ())
    counted = one.counts(OPEN_NS + 10 * SECOND)
    assert counted == {"": 6.0, "early_receipt": 1.0}
