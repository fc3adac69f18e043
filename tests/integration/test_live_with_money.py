"""`tenfold live` on an account with money: it begins by what the ladder lets there, and does not outlive a demotion."""

import asyncio
from itertools import pairwise

import pytest
from msgspec.structs import replace

from ladder_scenes import passing
from live_scenes import RULES, SPEED, fails, records, session
from loops import in_a_loop
from official_client import settings
from tenfold.adapters.journal.journal import open_run
from tenfold.app.exchange import open_exchange
from tenfold.app.journal_head import head_of
from tenfold.app.ladder import ladder
from tenfold.app.ladder_records import add_record, climber_of, signed_record, standing_in
from tenfold.app.operating import resume
from tenfold.app.replay import replay
from tenfold.domain.errors import SettingsError, UnknownNameError, VenueError
from tenfold.domain.events import Demoted, Halt, Promoted
from tenfold.domain.order import Submit
from tenfold.domain.rules import Limits
from tenfold.domain.stages import STAGES
from tenfold.exchange.settings import KEY, SECRET, AccountSettings, TradingSettings

MONEY = ("AKMONEYOFATEST0000001", "asecretthatisnotone00000000000000000000")
FALLING = replace(RULES, limits=Limits(losses_max=1))


def accounts(*keys, **more):
    listed = (AccountSettings(name=key, key=key, secret=secret, **more) for key, secret in keys)
    return TradingSettings(accounts=tuple(listed))


def with_money(monkeypatch):
    monkeypatch.setenv("TENFOLD_ALPACA__ACCOUNT", "live")
    monkeypatch.setenv("TENFOLD_ALPACA_KEY_ID", MONEY[0])
    monkeypatch.setenv("TENFOLD_ALPACA_SECRET_KEY", MONEY[1])


def promoted(target, run, to):
    """Raise the strategy of a run stage by stage, by figures that just pass."""
    journal = open_run(target, run)
    head = head_of(journal.description)
    journal.close()
    climber = climber_of(head.seats, (one.symbol for one in head.instruments), head.rules)
    for origin, stage in pairwise(STAGES[: STAGES.index(to) + 1]):
        record = Promoted(
            ts_ns=1, operator="ann", strategy=climber.strategy, rules=climber.rules, origin=origin, stage=stage,
            source="a test", number=0, figures=passing(stage), after=standing_in(target, climber).digest, key="",
            signature="",
        )  # fmt: skip
        add_record(target, signed_record(record))


def test_money_is_traded_by_what_the_ladder_lets_there(tmp_path, monkeypatch):
    with_money(monkeypatch)
    with open_exchange(settings=replace(settings(symbols=("AAPL",)), trading=accounts(MONEY)), synthetic=True) as bank:
        with pytest.raises(SettingsError, match="may not trade on stage live yet"):
            fails(bank, tmp_path)
        with pytest.raises(SettingsError, match="stage paper is not traded on the live account"):
            fails(bank, tmp_path, stage="paper")
    assert not (tmp_path / "journal.db").exists()


def test_an_empty_account_begins_no_run_that_could_not_go_on(tmp_path):
    empty = replace(settings(symbols=("AAPL",)), trading=accounts((KEY, SECRET), cash=0.0))
    with (
        open_exchange(settings=empty, synthetic=True) as broke,
        pytest.raises(VenueError, match=r"the account is worth 0\.00 USD, of which nothing can be traded: pay in"),
    ):
        fails(broke, tmp_path)
    with pytest.raises(UnknownNameError, match="there is no journal"):
        open_run(str(tmp_path / "journal.db"))


def test_a_run_that_falls_is_halted_and_stays_so_whoever_resumes_it(tmp_path, monkeypatch):
    target = str(tmp_path / "journal.db")
    monkeypatch.setenv("TENFOLD_OPERATOR_KEY", "k" * 32)
    chosen = replace(settings(speed=SPEED, symbols=("AAPL",)), trading=accounts((KEY, SECRET), MONEY))
    with open_exchange(settings=chosen, synthetic=True) as bank:

        async def on_paper():
            async with session(bank, tmp_path, name="paper", rules=FALLING) as one:
                await one.until(lambda: one.lines("is traded from here"))
                await one.ended()

        async def with_canary():
            async with session(bank, tmp_path, name="canary", rules=FALLING, stage="canary") as one:
                await one.until(lambda: one.lines("demoted from canary to shadow: breaker losses"))
                await one.until(lambda: one.lines("breaker halt tripped"))
                sent = sum(isinstance(record, Submit) for record in records(tmp_path, "canary"))
                told = await asyncio.to_thread(resume, target, "canary", operator="ann", wait_s=20.0)
                assert told.taken
                assert "resets nothing: its strategy was demoted (breaker losses tripped" in told.lines()[0]
                await one.until(lambda: one.lines("it stays halted: breaker losses"))
                number = one.shown[-1].number
                await one.until(lambda: one.shown[-1].number > number + 3)
                await one.ended()
                return sent

        in_a_loop(on_paper())
        promoted(target, "paper", "canary")
        with_money(monkeypatch)
        sent = in_a_loop(with_canary())
        with pytest.raises(SettingsError, match="run canary is from before the demotion"):
            fails(bank, tmp_path, name="canary", rules=FALLING, stage="canary")
    found = records(tmp_path, "canary")
    assert [record.operator for record in found if isinstance(record, Halt)] == ["ladder", "ladder"]
    later = [one for one in found if isinstance(one, Submit)][sent:]
    assert all(one.closes for one in later)
    assert not replay(target, "canary").difference
    assert ladder("canary", target).stage == "shadow"


def fallen(target, run):
    """Lower the strategy of a run, as its last sessions or a breaker do."""
    journal = open_run(target, run)
    head, number = head_of(journal.description), journal.number
    journal.close()
    climber = climber_of(head.seats, (one.symbol for one in head.instruments), head.rules)
    told = {"strategy": climber.strategy, "rules": climber.rules, "source": run, "number": number}
    add_record(target, Demoted(ts_ns=2, origin="canary", stage="shadow", reason="it cost too much", **told))


def holds(one):
    """Return what is held, or worked for, as it is shown; None before anything is."""
    if not one.shown:
        return None
    loop = one.shown[-1].loop
    return loop.engine.ledger.position("AAPL").lots, [each.order.order_id for each in loop.blotter.working()]


def test_a_run_that_fell_while_nobody_traded_closes_what_it_holds_and_only_then_is_refused(tmp_path, monkeypatch):
    target = str(tmp_path / "journal.db")
    monkeypatch.setenv("TENFOLD_OPERATOR_KEY", "k" * 32)
    chosen = replace(settings(speed=SPEED, symbols=("AAPL",)), trading=accounts((KEY, SECRET), MONEY))
    with open_exchange(settings=chosen, synthetic=True) as bank:

        async def on_paper():
            async with session(bank, tmp_path, name="paper") as one:
                await one.until(lambda: one.lines("is traded from here"))
                await one.ended()

        async def with_canary(*, falls):
            async with session(bank, tmp_path, name="canary", stage="canary") as one:
                await one.until(lambda: one.lines("is traded from here"))
                await one.until(lambda: one.lines("demoted: it cost too much" if falls else "filled: buy"))
                await one.until(lambda: not falls or holds(one) == (0, []))
                return (await one.ended()).positions

        in_a_loop(on_paper())
        promoted(target, "paper", "canary")
        with_money(monkeypatch)
        assert in_a_loop(with_canary(falls=False))
        fallen(target, "canary")
        assert not in_a_loop(with_canary(falls=True))
        with pytest.raises(SettingsError, match="run canary is from before the demotion"):
            fails(bank, tmp_path, name="canary", stage="canary")
    found = records(tmp_path, "canary")
    assert [record.operator for record in found if isinstance(record, Halt)] == ["ladder"]
    assert not replay(target, "canary").difference
