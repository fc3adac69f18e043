"""The behaviour of the whole engine, as hashes: any change of what it does is seen here, and has to be meant.

A hash is over every event and command of a run's journal, encoded with sorted keys. Where a change is meant, put the hash
that the failure shows into `HASHES` and say in the changelog what changed.
"""

import csv
import hashlib
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from scenes import bars_of
from tenfold.backtesting.backtest import Given, run_backtest
from tenfold.backtesting.scoring import Member
from tenfold.codec import decode, encode
from tenfold.domain.events import Event, Halt, LimitsChanged, Resume
from tenfold.domain.order import Cancel, Command, Flatten, Replace, Submit
from tenfold.domain.rules import Account, Costs, Entry, Exits, Limits, Rules, Sizing, VoteRule
from tenfold.engine.engine import Engine
from tenfold.engine.voters import FoldVoter, GivenVoter
from tenfold.simulation.journal import MemoryJournal
from tenfold.strategy.trend import crossing

HASHES = {
    "one fold": "830dd70a8ad7235248769e362066c1e9da375d9c292a56dd46a72db3d5eb2e73",
    "ten votes": "47efac0decb774907ee9c82d4567876c764224e58e7407c8aafb3e0c84b63183",
    "an operator": "44d440175cb56e4f1f0df30744433a512c31105e6db3f93a3538ecbb76dd68d5",
}


def market():
    with (Path(__file__).parent / "market.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    total = 1 + max(int(row["bar"]) for row in rows)
    cells, days, paid = {"A": [None] * total, "B": [None] * total}, [0] * total, {}
    for row in rows:
        bar, symbol = int(row["bar"]), row["symbol"]
        prices = [int(row[name]) / 100 for name in ("open", "high", "low", "close")]
        cells[symbol][bar] = (*prices, float(row["volume"]))
        if int(row["dividend"]):
            paid[bar, "AB".index(symbol)] = int(row["dividend"]) / 100
    days = [date.fromordinal(date(2024, 1, 8).toordinal() + bar // 3 + 2 * (bar // 15)) for bar in range(total)]
    return bars_of(cells["A"], cells["B"], days=days, dividends=paid)


BARS = market()


def votes(count):
    """Return scores in tenths from a rule of integers, each member at another pace."""
    moment, symbol = np.indices(BARS.rows.shape)
    found = []
    for member in range(count):
        phase = (moment * 7 // (3 + member) + symbol * 5 + member * 3) % 21
        scores = (phase - 10) / 10.0
        scores[phase == 7] = np.nan
        found.append(scores)
    return found


TEN = Rules(
    account=Account(cash=50_000.0, leverage_max=2.0, maintenance_frac=0.2),
    costs=Costs(fee_frac=0.0005, fee_minimum=1.0, slippage="volume_share", participation_frac_max=0.25, borrow_annual_frac=0.03),
    sizing=Sizing(method="volatility", window=10, volatility_annual_frac=0.6, rebalance_frac=0.25),
    vote=VoteRule(ballot=0.3, enter_frac=0.51, hold_frac=0.3),
    limits=Limits(position_frac_max=0.5, gross_frac_max=0.9, daily_loss_frac_max=0.02, drawdown_frac_max=0.08, reset_sessions=2),
    exits=Exits(stop_frac=0.03, target_frac=0.06),
)  # fmt: skip


def operator():
    at = [int(moment) for moment in BARS.ts_ns]
    return [
        Halt(ts_ns=at[30] + 1, operator="ann", reason="news"),
        Resume(ts_ns=at[50] - 60_000_000_000, operator="ann"),
        LimitsChanged(ts_ns=at[80], operator="ben", limits=Limits(position_frac_max=0.1)),
    ]


def configurations():
    ten = votes(10)
    return {
        "one fold": (
            [Member(crossing, {"fast": 5, "slow": 20}, "crossing")],
            lambda: [FoldVoter(crossing, crossing.params({"fast": 5, "slow": 20}), "crossing", 1.0, 2)],
            Rules(
                costs=Costs(fee_per_share=0.005, slippage_bps=2.0),
                entry=Entry(order="moo"),
                sizing=Sizing(fraction=0.4),
            ),
            [],
        ),
        "ten votes": (
            [Given(scores, f"v{n}", 1.0 + n / 4) for n, scores in enumerate(ten)],
            lambda: [GivenVoter(scores, f"v{n}", 1.0 + n / 4) for n, scores in enumerate(masked(ten))],
            TEN,
            [],
        ),
        "an operator": (
            [Given(ten[2], "v")],
            lambda: [GivenVoter(masked(ten)[2], "v", 1.0)],
            Rules(costs=Costs(fee_frac=0.001), exits=Exits(stop_frac=0.02), sizing=Sizing(fraction=0.3)),
            operator(),
        ),
    }


def masked(scores):
    return [np.where(BARS.usable, one, np.nan) for one in scores]


CONFIGURATIONS = configurations()


def recorded(name):
    voters, _, rules, events = CONFIGURATIONS[name]
    journal = MemoryJournal()
    run = run_backtest(voters, BARS, rules, journal=journal, operator=events)
    return run, list(journal.records())


def line(record):
    """Return a record as one line of JSON with its type, whatever the order of its fields."""
    return json.dumps([type(record).__name__, decode(dict, encode(record))], sort_keys=True)


@pytest.mark.parametrize("name", HASHES)
def test_the_journal_is_the_one_that_was_committed(name):
    run, records = recorded(name)
    assert len(run.fills) > 10
    digest = hashlib.sha256("\n".join(map(line, records)).encode()).hexdigest()
    assert digest == HASHES[name], f"{name}: {digest}"


@pytest.mark.parametrize("name", HASHES)
def test_replaying_the_events_gives_the_recorded_commands(name):
    _, make, rules, _ = CONFIGURATIONS[name]
    _, records = recorded(name)
    engine = Engine(rules, BARS.instruments, make(), BARS.periods_per_year)
    commands = []
    for record in records:
        if not isinstance(record, Submit | Cancel | Replace | Flatten):
            commands += engine.step(record)
    assert commands == [record for record in records if isinstance(record, Submit | Cancel | Replace | Flatten)]
    assert len(commands) > 10


@pytest.mark.parametrize("name", ["one fold", "ten votes"])
def test_the_compiled_path_agrees(name):
    voters, _, rules, _ = CONFIGURATIONS[name]
    run, _ = recorded(name)
    np.testing.assert_array_equal(run_backtest(voters, BARS, rules, engine="compiled").fills, run.fills)


def test_a_journal_survives_the_codec():
    _, records = recorded("an operator")
    for record in records:
        raw = encode(record, "msgpack")
        again = decode(Event | Command, raw, "msgpack")
        assert type(again) is type(record)
        assert encode(again, "msgpack") == raw  # bytes: a quote that is absent is NaN, which equals nothing
