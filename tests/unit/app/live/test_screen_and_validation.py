"""What a paper run shows while it trades, and how it is judged."""

import asyncio
import dataclasses
import io

import pytest
from msgspec.structs import replace
from rich.console import Console

from paper_traders import traded, trader_file
from studies import make_study, study_bars
from tenfold.app.ensemble_file import save_ensemble
from tenfold.app.facade import rules_of
from tenfold.app.live.paper import Paper, Shown
from tenfold.app.live.screen import SYMBOLS_SHOWN, Screen
from tenfold.app.live.trading import Wanted, trade_live
from tenfold.app.live.validation import validated
from tenfold.app.operating import halt
from tenfold.app.replay import replay
from tenfold.app.settings import load_settings
from tenfold.domain.errors import DataError, SettingsError
from tenfold.domain.events import CashFlow, Difference, PositionRestated
from tenfold.domain.market import BarSet
from tenfold.domain.rules import Account, Entry
from tenfold.domain.units import format_ns
from tenfold.engine.engine import Engine
from tenfold.engine.live_loop import LiveLoop
from tenfold.engine.voters import FoldVoter
from tenfold.execution.blotter import Blotter
from tenfold.market.synthetic import random_walk
from tenfold.registry import STRATEGIES
from tenfold.simulation.journal import NullJournal


def seen(strategy, folder, width=140, **options):
    """Trade, and return the outcome with the texts of all screens."""
    screen, texts = Screen("tenfold paper"), []

    async def show(shown):
        out = io.StringIO()
        Console(file=out, width=width, force_terminal=False).print(screen.rendered(shown))
        texts.append(out.getvalue())
        await asyncio.sleep(0)

    return traded(strategy, folder, show=show, **options), texts


def test_a_vote_is_shown_with_who_dissents(tmp_path):
    bars = random_walk(160, [f"S{n:02}" for n in range(SYMBOLS_SHOWN + 2)], seed=3)
    found, texts = seen(["crossing", "channel", "pullback"], tmp_path, bars=bars, rules=rules_of("live", "alpaca"))
    assert len(texts) == len(found.result.run.bars)
    last = texts[-1]
    for name in (
        "clock",
        "equity",
        "today",
        "from the peak",
        "gross exposure",
        "limits",
        "cash",
        "orders",
        "venue",
        "breakers",
    ):
        assert name in last
    assert "and 2 more" in last
    assert "none tripped" in last
    assert "in step" in last
    assert any("crossing" in text or "pullback" in text or "channel" in text for text in texts)
    assert any("buy" in text for text in texts)
    assert "(0% of the limit of 2%)" in texts[0]  # nothing was lost, not minus nothing


def test_a_narrow_terminal_shows_what_is_held(tmp_path):
    _, texts = seen(["crossing"], tmp_path, bars=random_walk(120, ["AAPL", "MSFT"], seed=3), width=40)
    rows = [line for line in texts[-1].splitlines() if "AAPL" in line or "MSFT" in line]
    assert len(rows) == 2
    assert not [row for row in rows if "…" in row[:24]]


def test_a_low_terminal_shows_alarms_and_what_is_held(tmp_path):
    kept = []

    async def show(shown):
        kept.append(dataclasses.replace(shown, more=(("alarm", "nothing about orders gets through to the venue"),)))

    bars = random_walk(160, [f"S{n:02}" for n in range(SYMBOLS_SHOWN + 2)], seed=3)
    traded("crossing", tmp_path, bars=bars, rules=rules_of("live", "alpaca"), show=show)
    held = [symbol for symbol, one in kept[-1].loop.engine.ledger.positions.items() if one.lots][:SYMBOLS_SHOWN]
    assert held
    for height in (10, 24, 60):
        out = io.StringIO()
        Console(file=out, width=100, height=height, force_terminal=True, color_system=None).print(
            Screen("live").rendered(kept[-1])
        )
        drawn = out.getvalue()
        assert "gets through to the venue" in drawn
        assert all(symbol in drawn for symbol in held)
        assert height == 10 or len(drawn.splitlines()) <= height, drawn
        assert ("cash" in drawn) == (height == 60)


def test_before_the_first_bar_nobody_has_voted(tmp_path):
    shown_first = []

    async def show(shown):
        shown_first.append(dataclasses.replace(shown, number=0, count=0))

    traded("crossing", tmp_path, bars=random_walk(3, ["AAA"], seed=3), show=show)
    out = io.StringIO()
    Console(file=out, width=140).print(Screen("live").rendered(shown_first[0]))
    assert "UTC  (no bar yet)" in out.getvalue()
    assert "flat" not in out.getvalue()


def test_what_was_taken_over_is_shown_at_its_cost_before_it_has_a_price():
    instruments = random_walk(3, ["AAA"], seed=3).instruments
    rules = rules_of("live", "alpaca")
    fold = STRATEGIES.load("crossing")
    engine = Engine(
        rules, instruments, [FoldVoter(fold, fold.params(fold.accept({})), "crossing", 1.0, len(instruments))], 252.0
    )
    engine.step(PositionRestated(ts_ns=1, symbol="AAA", lots=-10, cost_units=-1_000_000_000))
    engine.step(CashFlow(ts_ns=1, symbol="", kind="deposit", units=1_000_000_000))
    loop = LiveLoop(engine, Blotter(instruments, rules.account.cash), NullJournal())
    out = io.StringIO()
    alarm = "the venue says [/v2/orders] [closed]"  # no markup of the screen, which it would end
    shown = Shown(loop, BarSet(ts_ns=1, session=0, bars=()), 0, 0, 1e6, "", (("alarm", alarm),))
    Console(file=out, width=140).print(Screen("live · a[/b].py").rendered(shown))
    assert alarm in out.getvalue()
    assert "live · a[/b].py" in out.getvalue()
    assert "equity          100,000.00" in out.getvalue()
    assert "gross exposure  1% of equity" in out.getvalue()
    assert "-1,000" in out.getvalue()


def test_a_strategy_that_works_its_own_orders_has_no_votes(tmp_path):
    _, texts = seen(trader_file(tmp_path, 1), tmp_path, bars=random_walk(40, ["AAA"], seed=3))
    assert any("limit" in text or "stop" in text or "market" in text for text in texts)


def paper_of(found, **changes):
    run = found.result.run
    return Paper(run, changes.pop("twin", run), changes.pop("differences", ()), 1, ("journal.db", "run-1"))


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return traded(
        trader_file(folder := tmp_path_factory.mktemp("paper"), 4), folder, bars=random_walk(80, ["AAA"], seed=3)
    )


def test_what_the_next_stage_asks_for_is_told(found):
    told = validated(paper_of(found))
    assert told.other == 0
    assert told.slippage_bps == 0.0
    missed = {check.gate for check in told.checks if not check.passed}
    assert missed <= {"trades", "agreement_low"}  # too few round trips, perhaps
    assert any(line.startswith("fills") for line in told.lines())


def test_a_fill_at_another_price_is_named_and_costs(found):
    run = found.result.run
    fills = run.fills.copy()
    fills["price"][0] -= 0.5
    other = type(run)(**{**vars(run), "fills": fills})
    told = validated(paper_of(found, twin=other))
    assert told.other == 2
    assert told.slippage_bps > 0.0
    when = format_ns(int(run.bars.ts_ns[run.fills["bar"][0]]), run.bars.period_ns)
    for fill, example, where in zip(
        (run.fills[0], fills[0]), told.examples, ("on paper", "in the backtest"), strict=True
    ):
        assert example.endswith(f" AAA at {fill['price']:,.10g} USD in the bar of {when} {where} alone")
    assert not told.passed
    assert "the gate of shadow is not open yet" in "\n".join(told.lines())


def test_where_no_trade_is_one_of_the_backtest_too_nothing_is_said_of_slippage(found):
    run = found.result.run
    told = validated(paper_of(found, twin=type(run)(**{**vars(run), "fills": run.fills[:0]})))
    assert (told.same, told.slippage_bps) == (0, None)
    assert "slippage     not measured: no trade is one of the backtest too" in told.lines()


def test_a_difference_from_the_venue_fails(found):
    told = validated(paper_of(found, differences=(Difference(ts_ns=1, kind="cash", ours=1, theirs=2),)))
    assert told.differences == {"cash": 1}
    assert not told.passed


def test_what_the_exchange_does_not_trade_is_refused(tmp_path):
    euros = random_walk(40, ["AAA"], seed=1)
    instruments = tuple(replace(one, currency="EUR") for one in euros.instruments)
    euros = type(euros)(
        **{**{name: getattr(euros, name) for name in euros.__dataclass_fields__}, "instruments": instruments}
    )
    with pytest.raises(SettingsError, match="trades in USD"):
        traded("crossing", tmp_path, bars=euros)
    with pytest.raises(DataError, match="further columns"):
        traded(
            "crossing",
            tmp_path,
            bars=random_walk(40, ["AAA"], seed=1).with_columns(mood=0.0 * random_walk(40, ["AAA"], seed=1).ts_ns),
        )


def test_a_breaker_that_trips_is_told(tmp_path):
    rules = rules_of("live", "alpaca")
    rules = replace(rules, account=Account(leverage_max=2.0), limits=replace(rules.limits, daily_loss_frac_max=0.0005))
    told = traded("crossing", tmp_path, bars=random_walk(200, ["AAA"], seed=3), rules=rules).validation
    assert told.trips
    assert told.other == 0
    assert not told.passed


def test_a_breaker_that_stops_entries_and_closes_nothing_is_shown(tmp_path):
    rules = rules_of("none", "alpaca")
    rules = replace(rules, limits=replace(rules.limits, losses_max=1))
    found, texts = seen("crossing", tmp_path, bars=random_walk(200, ["AAA"], seed=3), rules=rules)
    assert found.result.run.trips[0].stage == "cancel"
    assert "none tripped" in texts[0]
    assert "TRIPPED: losses (cancel)" in texts[-1]


def test_an_operator_halts_it_from_elsewhere_and_the_backtest_hears_the_same(tmp_path):
    said = []

    async def show(shown):
        if shown.number == 60:
            said.append(
                await asyncio.to_thread(
                    halt, str(tmp_path / "journal.db"), reason="enough", operator="anna", wait_s=0.0
                )
            )
        if shown.number >= 60:
            await asyncio.sleep(0.02)

    found = traded("crossing", tmp_path, bars=random_walk(150, ["AAA"], seed=3), show=show)
    assert said[0].holder
    assert found.validation.trips[0].startswith("halt")
    assert found.validation.other == 0
    assert not found.result.run.lots[-1].any()
    assert replay(*found.journal).same


def test_a_strategy_that_sees_every_bar_is_not_asked_before_the_close_and_nothing_is_begun(tmp_path):
    rules = replace(rules_of("none", "alpaca"), entry=Entry(order="moc", decide_before_close_s=660))
    with pytest.raises(SettingsError, match="leave out decide_before_close_s"):
        traded(trader_file(tmp_path, 1), tmp_path, bars=random_walk(3, ["AAA"], seed=3), rules=rules)
    assert not (tmp_path / "journal.db").exists()
    wanted = Wanted(
        strategy=trader_file(tmp_path, 1), symbols=["AAA"], rules=rules, journal=str(tmp_path / "journal.db"), every="1d"
    )  # fmt: skip
    with pytest.raises(SettingsError, match="leave out decide_before_close_s"):
        trade_live(wanted, load_settings(environment={}), say=print, show=asyncio.sleep)


SELLS = """
from tenfold.domain.market import BarSet


class Sells:
    def on_event(self, event, view):
        return [view.submit("AAA", "sell", 1)] if isinstance(event, BarSet) else []
"""


def test_what_the_venue_refuses_is_counted_by_its_reason(tmp_path):
    (tmp_path / "sells.py").write_text(SELLS)
    rules = replace(rules_of("none", "alpaca"), account=Account(cash=1500.0))
    bars = random_walk(5, ["AAA"], seed=4)
    told = traded(f"{tmp_path / 'sells.py'}:Sells", tmp_path, bars=bars, rules=rules).validation
    count = len(bars) - told.left_out
    assert told.refused == {"account is not allowed to short": count}
    assert f"refused      {count} orders: account is not allowed to short" in told.lines()


def test_bars_that_always_close_while_the_market_is_shut_are_refused(tmp_path):
    wanted = Wanted(
        strategy=trader_file(tmp_path, 1),
        symbols=["AAA"],
        rules=rules_of("none", "alpaca"),
        journal=str(tmp_path / "journal.db"),
        every="12h",
    )
    with pytest.raises(SettingsError, match="bars of 12h close while the market is shut, when nothing is opened"):
        trade_live(wanted, load_settings(environment={}), say=print, show=asyncio.sleep)


def test_an_ensemble_that_is_named_by_its_file_is_held_to_what_that_says(tmp_path, monkeypatch):
    monkeypatch.setenv("TENFOLD_SIGNING_KEY", "s" * 40)
    fold = STRATEGIES.load("pairs")
    study = make_study(study_bars(300), members=1)
    member = dataclasses.replace(
        study.members[0], family="pairs", values=fold.accept({}), source_hash=fold.source_hash, weight=1.0
    )
    rules = rules_of("none", "alpaca")
    path = save_ensemble(dataclasses.replace(study, members=(member,)), rules, tmp_path / "ensemble.toml")
    wanted = Wanted(strategy=str(path), symbols=study.symbols[:2], rules=rules, journal=str(tmp_path / "journal.db"))
    with pytest.raises(SettingsError, match=f"without {study.symbols[2]} it is not what was studied"):
        trade_live(wanted, load_settings(environment={}), say=print, show=asyncio.sleep)
