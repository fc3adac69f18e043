"""What the backtest beside a run is told, and when: it decides as a bar closes, and the run a little later."""

import dataclasses

import numpy as np
import pytest
from msgspec.structs import replace

from ladder_scenes import on_stage
from tenfold.app.facade import rules_of
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.events import Fitness, Halt, Resume, Weighed
from tenfold.domain.market import BarSet, Flag
from tenfold.domain.order import Fill, Side
from tenfold.domain.rules import Limits
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND
from tenfold.market.synthetic import random_walk
from tenfold.research.evidence import trading_figures
from tenfold.research.promotion import failing
from twin_scenes import lived, names, read


@pytest.mark.parametrize("later_s", [2, 14_400])
def test_what_is_said_between_a_close_and_its_decision_is_known_to_the_twin_by_then(tmp_path, later_s):
    bars = random_walk(60, ["AAA", "BBB", "CCC"], seed=5)
    closes = bars.ts_ns.tolist()
    said = [
        Halt(ts_ns=closes[15] - 9, operator="ann", reason="a look at it"),
        Resume(ts_ns=closes[20], operator="ann"),
        Fitness(ts_ns=closes[30], symbol="BBB", fit=False),
        Fitness(ts_ns=closes[34], symbol="BBB", fit=True),
        Weighed(ts_ns=closes[40], weights=(2.0,), reason="skill"),
    ]
    was, _ = lived(tmp_path, bars, rules_of("none", "alpaca"), said)
    assert {16, 21, 35} <= {int(fill["bar"]) for fill in was.fills}

    def afterwards(records):
        later = {one.ts_ns: one.ts_ns + later_s * NS_PER_SECOND for one in said if one.ts_ns in closes}
        moved = [replace(one, ts_ns=later.get(one.ts_ns, 0)) if one in said[1:] else one for one in records]
        known = [Conditions(ts_ns=one.ts_ns + later_s * NS_PER_SECOND + 1) for one in moved if isinstance(one, BarSet)]
        for at, one in zip(
            [at for at, one in enumerate(moved) if isinstance(one, BarSet)][::-1], known[::-1], strict=True
        ):
            moved.insert(at, one)
        return moved

    on_stage(tmp_path / "journal.db", "lived", "evening", "live", change=afterwards)
    found = read(tmp_path / "journal.db", "evening")
    assert names(found.twin) == names(found.run) == names(was)


def in_two(days):
    """Return bars of sessions that are decided on eleven minutes before their close."""
    bars = random_walk(2 * days, ["AAA"], seed=5)
    rows, day, late = bars.rows.copy(), np.arange(2 * days) // 2 + 20_000, np.arange(2 * days) % 2
    begin_ns, length_s, before_s = day * NS_PER_DAY + 52_200 * NS_PER_SECOND, 23_400, 660
    first_s, last_s = late * (length_s - before_s), length_s - (1 - late) * before_s
    rows["open_ns"], rows["ts_ns"] = ((begin_ns + at * NS_PER_SECOND)[:, None] for at in (first_s, last_s))
    rows["session"], rows["session_bar"] = day[:, None], late[:, None]
    rows["elapsed_s"], rows["remaining_s"] = last_s[:, None], (length_s - last_s)[:, None]
    return dataclasses.replace(bars, rows=rows, period_ns=before_s * NS_PER_SECOND)


def test_what_fills_in_a_close_is_of_its_bars_though_the_venue_tells_it_behind_them(tmp_path):
    rules = rules_of("none", "alpaca")
    rules = replace(rules, entry=replace(rules.entry, order="moc", decide_before_close_s=660))
    was, found = lived(tmp_path, in_two(150), rules, [])
    assert len(was.fills) > 20
    assert set(was.fills["bar"] % 2) == {1}
    assert names(found.twin) == names(found.run) == names(was)

    def behind(records):
        told, waiting = [], []
        for one in records:
            if isinstance(one, Fill):
                waiting.append(replace(one, ts_ns=one.ts_ns + 5 * NS_PER_SECOND))
                continue
            told.append(one)
            if isinstance(one, BarSet):
                told, waiting = [*told, *waiting], []
        return told

    on_stage(tmp_path / "journal.db", "lived", "auction", "canary", change=behind)
    found = read(tmp_path / "journal.db", "auction")
    assert names(found.twin) == names(found.run) == names(was)
    assert not failing("canary", trading_figures(found.run, found.twin))


def test_the_twin_opens_nothing_either_where_a_part_of_a_loss_has_stopped_the_run(tmp_path):
    bars = random_walk(90, ["AAA"], seed=5)
    rules = replace(
        rules_of("none", "alpaca"), limits=Limits(drawdown_frac_max=0.6, cascade=(0.5, 0.75, 0.9), regular_hours=True)
    )
    (tmp_path / "before").mkdir()
    before, _ = lived(tmp_path / "before", bars, rules, [])
    held = next(bar for bar in range(20, 40) if before.lots[bar, 0] > 0)
    close, ts_ns = float(bars.rows["close"][held, 0]), int(bars.ts_ns[held]) + 1
    quoted = SymbolCondition(symbol="AAA", bid=0.64 * close, ask=0.64 * close + 0.01, quote_ns=ts_ns)
    moved = [
        Conditions(ts_ns=ts_ns, symbols=(quoted,)),
        Conditions(ts_ns=ts_ns + 1, symbols=(SymbolCondition(symbol="AAA"),)),
        Resume(ts_ns=int(bars.ts_ns[held + 40]) + 1, operator="ann"),
    ]
    was, found = lived(tmp_path, bars, rules, moved)
    assert [(trip.rule, trip.stage) for trip in found.run.trips] == [("drawdown", "stop")]
    assert names(found.twin) == names(found.run) == names(was) != names(before)


def test_what_another_run_has_traded_in_the_account_is_no_trade_of_this_one(tmp_path):
    lived(tmp_path, random_walk(40, ["AAA"], seed=5), rules_of("none", "alpaca"), [])
    shown = []
    for other in ("lived", "other"):

        def beside(records, other=other):
            at = [at for at, one in enumerate(records) if isinstance(one, BarSet)][20]
            known = {"ts_ns": records[at].ts_ns - 1, "symbol": "AAA", "qty": 1, "price": 50.0, "fee_units": 0}
            told = [
                Fill(fill_id=f"f{side}", order_id=f"{other}-1-{number}", side=side, **known)
                for number, side in ((901, Side.BUY), (902, Side.SELL))
            ]
            return [*records[:at], *told, *records[at:]]

        on_stage(tmp_path / "journal.db", "lived", f"beside-{other}", "live", change=beside)
        found = read(tmp_path / "journal.db", f"beside-{other}")
        shown.append(trading_figures(found.run, found.twin)["compared"] - len(found.twin.fills))
    assert shown == [2.0, 0.0]


def test_what_filled_where_a_thin_symbol_has_no_bar_is_the_trade_of_its_next_one(tmp_path):
    bars = random_walk(120, ["AAA", "BBB"], seed=5)
    rows = bars.rows.copy()
    rows["flags"][3::4, 0] |= int(Flag.MISSING)
    was, _ = lived(tmp_path, dataclasses.replace(bars, rows=rows), rules_of("none", "alpaca"), [])
    late = [int(fill["bar"]) for fill in was.fills if fill["bar"] % 4 == 0 and not fill["symbol"]]
    assert len(late) > 2

    def at_once(records):
        told = []
        for one in records:
            told.append(one)
            if isinstance(one, Fill) and one.symbol == "AAA":
                at = next(at for at in range(len(told) - 1, 0, -1) if isinstance(told[at], BarSet))
                if told[at].missing:
                    told.insert(at, told.pop())
        return told

    on_stage(tmp_path / "journal.db", "lived", "thin", "live", change=at_once)
    found = read(tmp_path / "journal.db", "thin")
    assert {int(fill["bar"]) for fill in found.run.fills} >= {bar - 1 for bar in late}
    figures = trading_figures(found.run, found.twin)
    assert (figures["compared"], figures["agreement_high"]) == (len(was.fills), 1.0)
