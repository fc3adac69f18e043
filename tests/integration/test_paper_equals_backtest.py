"""Paper trading over real sockets, in step with the exchange, is the backtest: the same orders, fills and money."""

import dataclasses

import numpy as np
import pytest
from msgspec.structs import replace

from paper_traders import KINDS, legs_file, minutes_of_sessions, traded, trader_file
from tenfold.app.facade import rules_of
from tenfold.app.replay import replay
from tenfold.domain.market import Flag
from tenfold.domain.rules import Entry, Exits, Sizing
from tenfold.market.synthetic import random_walk


def same(found):
    assert found.validation.other == 0, found.validation.examples
    assert found.validation.differences == {}
    assert found.validation.slippage_bps in {0.0, None}  # it may not have traded
    assert found.validation.equity == found.validation.equity_backtest
    assert found.agrees


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_strategy_that_sends_every_kind_of_order(tmp_path, seed):
    found = traded(trader_file(tmp_path, seed), tmp_path)
    assert found.validation.same > 20
    same(found)


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_each_type_with_each_time_in_force(tmp_path, kind):
    found = traded(trader_file(tmp_path, 7, [kind]), tmp_path, bars=random_walk(60, ["AAA", "BBB"], seed=9))
    assert found.validation.same >= 1
    same(found)


@pytest.mark.parametrize("seed", [1, 2])
def test_brackets_and_orders_of_which_one_cancels_the_other(tmp_path, seed):
    found = traded(legs_file(tmp_path, seed), tmp_path)
    assert found.validation.same > 20
    same(found)


def test_a_vote_under_limits_and_its_journal(tmp_path):
    rules = rules_of("live", "alpaca")
    bars = random_walk(250, ["AAA", "BBB", "CCC"], seed=11)
    found = traded(["crossing", "channel", "pullback"], tmp_path, bars=bars, rules=rules)
    assert found.validation.same > 5
    same(found)
    place, name = found.journal
    again = replay(place, name)
    assert again.same
    assert again.commands >= found.validation.orders


@pytest.mark.parametrize(
    "exits",
    [
        Exits(stop_frac=0.02),
        Exits(target_frac=0.03),
        Exits(trail_frac=0.03),
        Exits(stop_frac=0.02, target_frac=0.03),
        Exits(stop_atr=2.0, target_atr=3.0),
    ],
    ids=["stop", "target", "trail", "both", "ranges"],
)
def test_exits_that_are_attached_to_entries_rest_at_the_venue(tmp_path, exits):
    rules = replace(rules_of("none", "alpaca"), exits=exits, sizing=Sizing(fraction=0.4))
    found = traded("crossing", tmp_path, bars=random_walk(200, ["AAA", "BBB"], seed=3), rules=rules)
    assert found.validation.same > 5
    same(found)
    assert replay(*found.journal).same


def test_a_vote_that_turns_round_leaves_first_and_enters_after(tmp_path):
    rules = replace(rules_of("none", "alpaca"), exits=Exits())
    found = traded("crossing", tmp_path, bars=random_walk(250, ["AAA"], seed=4), rules=rules)
    assert {int(lots) > 0 for lots in found.result.run.lots[:, 0] if lots} == {True, False}
    same(found)


def test_dividends_are_known_at_the_close_of_the_day_on_which_they_are_paid(tmp_path):
    bars = random_walk(250, ["AAA", "BBB"], seed=4)
    rows = bars.rows.copy()
    rows["dividend"][20::7] = 1.5
    bars = dataclasses.replace(bars, rows=rows, adjustment="split")
    found = traded("crossing", tmp_path, bars=bars, params={"fast": 5, "slow": 20})
    assert found.validation.same > 20
    same(found)
    assert replay(*found.journal).same


NOVEMBER_2024 = 20_028
"""Its 29th closes at 13:00."""


@pytest.mark.parametrize(("seconds", "exits"), [(660, Exits()), (1800, Exits(stop_frac=0.02, target_frac=0.03))])
def test_days_that_are_decided_on_before_they_close_are_traded_in_their_close(tmp_path, seconds, exits):
    bars = minutes_of_sessions(NOVEMBER_2024, 60, ["AAA", "BBB"], seed=6)
    entry = Entry(order="moc", decide_before_close_s=seconds)
    rules = replace(rules_of("none", "alpaca"), entry=entry, exits=exits, sizing=Sizing(fraction=0.4))
    found = traded("crossing", tmp_path, bars=bars, rules=rules, params={"fast": 5, "slow": 20})
    assert found.validation.same > 5
    same(found)
    assert found.validation.sessions == 40
    assert replay(*found.journal).same


def test_votes_of_the_day_wait_for_the_evening_to_go_into_the_next_open(tmp_path):
    """The venue takes orders on the open from 19:00 on; of bars of minutes none closes then."""
    bars = minutes_of_sessions(NOVEMBER_2024, 14, ["AAA", "BBB"], seed=6)
    rows = bars.rows.copy()
    rows["flags"] = 0  # an order for an auction ends at the venue also where its symbol has no bar
    bars = dataclasses.replace(bars, rows=rows)
    rules = replace(rules_of("none", "alpaca"), entry=Entry(order="moo"), sizing=Sizing(fraction=0.4))
    found = traded("crossing", tmp_path, bars=bars, rules=rules, params={"fast": 5, "slow": 20})
    assert found.validation.same > 5
    same(found)


def test_days_in_which_nothing_trades_before_the_close_are_gone_through(tmp_path):
    bars = minutes_of_sessions(NOVEMBER_2024, 14, ["AAA"], seed=6)
    rows = bars.rows.copy()
    rows["flags"] = 0
    last = np.flatnonzero(np.diff(rows["day"][:, 0], append=0))
    for place in (*last[1:4], last[-1]):
        rows["flags"][place - 20 : place + 1] = int(Flag.MISSING)
    bars = dataclasses.replace(bars, rows=rows)
    entry = Entry(order="moc", decide_before_close_s=660)
    rules = replace(rules_of("none", "alpaca"), entry=entry, sizing=Sizing(fraction=0.4))
    found = traded("crossing", tmp_path, bars=bars, rules=rules, params={"fast": 5, "slow": 20})
    assert len(found.result.run.equity_units) == len(found.result.run.bars)
    assert found.agrees


SLOW = """
import time

from tenfold.domain.market import BarSet


class Slow:
    count = 0

    def on_event(self, event, view):
        self.count += isinstance(event, BarSet)
        if self.count != 12 or not isinstance(event, BarSet):
            return []
        time.sleep(1.1)
        return [view.submit("AAA", "buy", 1)]


slow = Slow()
"""


def test_a_machine_that_is_busy_for_longer_than_a_lease_lasts_changes_nothing(tmp_path):
    (tmp_path / "slow.py").write_text(SLOW)
    found = traded(f"{tmp_path / 'slow.py'}:slow", tmp_path, bars=random_walk(20, ["AAA"], seed=5))
    assert found.validation.same == 1
    same(found)


RECKONS = """
import numpy as np

from tenfold.domain.market import BarSet


class Reckons:
    def on_event(self, event, view):
        if not isinstance(event, BarSet):
            return []
        found = [view.cancel(one.order.order_id) for one in view.orders()]
        for bar in event.bars:
            lots, prices = view.position(bar.symbol), np.array([bar.high, bar.low])
            if lots:
                found.append(view.submit(bar.symbol, "sell", np.abs(np.int64(lots)), "limit", limit_price=round(np.mean(prices), 2)))
            else:
                found.append(view.submit(bar.symbol, "buy", 0.1 * view.equity // bar.close, "limit", limit_price=int(bar.close)))
        return found


reckons = Reckons()
"""


def test_what_was_reckoned_with_numpy_and_whole_floats_is_replayed(tmp_path):
    (tmp_path / "reckons.py").write_text(RECKONS)
    found = traded(f"{tmp_path / 'reckons.py'}:reckons", tmp_path)
    assert found.validation.same > 20
    same(found)
    assert replay(*found.journal).same


BETWEEN = """
from tenfold.domain.market import BarSet


class Between:
    def on_event(self, event, view):
        if not isinstance(event, BarSet):
            return []
        found = []
        for bar in event.bars:
            working, lots, close = list(view.orders(bar.symbol)), view.position(bar.symbol), bar.close
            if lots and not working:
                found.append(view.submit(bar.symbol, "sell", lots, "trailing_stop", trail=close * 0.0123))
            elif lots:
                found += [view.replace(one.order.order_id, stop_price=close * 0.985) for one in working if one.order.type == "stop"]
            elif not working:
                entry = view.submit(bar.symbol, "buy", 5, "limit", limit_price=close * 0.999)
                found += view.bracket(entry, take_profit=close * 1.0213, stop_loss=close * 0.9787)
        return found


between = Between()
"""


def test_prices_between_two_ticks_trade_as_in_the_backtest(tmp_path):
    (tmp_path / "between.py").write_text(BETWEEN)
    found = traded(f"{tmp_path / 'between.py'}:between", tmp_path)
    assert found.validation.same > 20
    assert not found.validation.refused
    same(found)
