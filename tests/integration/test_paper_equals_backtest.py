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
    assert found.validation.slippage_bps == 0.0
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
