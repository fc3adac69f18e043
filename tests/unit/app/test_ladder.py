"""A strategy climbs on evidence and a person's word, and falls on what its run shows."""

import dataclasses

import pytest
from msgspec.structs import replace

import tenfold
from ladder_scenes import BARS, RULES, ensemble_file, on_stage
from tenfold.app.journal_head import deciding, engine_of, head_of, started, traded_rules
from tenfold.app.ladder import closes_on, demoted, fallen, judge, ladder, missing_for, promote
from tenfold.app.ladder_records import RUN, add_record, read_records
from tenfold.app.live.facade import paper
from tenfold.app.recorded_run import recorded_run
from tenfold.app.replay import replay
from tenfold.app.wiring import begin_journal, open_journal
from tenfold.backtesting.eventful import run_events
from tenfold.domain.account import Trip
from tenfold.domain.errors import SettingsError, UnknownNameError
from tenfold.domain.events import CashFlow, Demoted, Difference
from tenfold.domain.market import BarSet
from tenfold.domain.order import Fill, Side

TRIP = Trip(ts_ns=1, rule="daily_loss", value=0.03, limit=0.02)


@pytest.fixture(scope="module")
def traded(tmp_path_factory):
    """Return a folder with an ensemble and the journal of its paper run, made once, with the keys of it."""
    folder = tmp_path_factory.mktemp("ladder")
    patch = pytest.MonkeyPatch()
    patch.setenv("TENFOLD_SIGNING_KEY", "s" * 40)
    found = paper(ensemble_file(folder / "ensemble.toml"), BARS.slice(0, 260), journal=folder / "journal.db")
    patch.undo()
    assert found.agrees
    return folder


@pytest.fixture
def place(traded, tmp_path, monkeypatch):
    """Return a fresh copy of it."""
    monkeypatch.setenv("TENFOLD_SIGNING_KEY", "s" * 40)
    monkeypatch.setenv("TENFOLD_OPERATOR_KEY", "o" * 40)
    for name in ("ensemble.toml", "journal.db"):
        (tmp_path / name).write_bytes((traded / name).read_bytes())
    return tmp_path


def journal(place):
    return str(place / "journal.db")


def ensemble(place):
    return str(place / "ensemble.toml")


def on_paper(place):
    """Promote to paper, and from there by the paper run to shadow."""
    assert promote(ensemble(place), "paper", journal=journal(place), operator="ann").stage == "paper"
    return promote("run-1", "shadow", journal=journal(place), operator="ann")


def test_a_study_opens_three_gates_in_one_command_and_no_more(place):
    found = promote(ensemble(place), "live", journal=journal(place), operator="ann")
    assert found.stage == "paper"
    assert found.promoted == ("walk_forward", "monte_carlo", "paper")
    records = read_records(journal(place))
    assert [record.stage for record in records] == list(found.promoted)
    assert all(record.operator == "ann" and record.signature and record.source == ensemble(place) for record in records)
    assert promote(ensemble(place), "paper", journal=journal(place)).promoted == ()


def test_a_paper_run_is_evidence_for_shadow_once_paper_is_reached(place):
    assert promote("run-1", "shadow", journal=journal(place)).stage == "research"
    before = ladder("run-1", journal(place))
    assert "paper comes first" in before.rungs[4].words
    found = on_paper(place)
    assert (found.stage, found.promoted) == ("shadow", ("shadow",))
    assert ladder("", journal(place)).source == "run-1"  # the ladder's own run is nobody's newest
    assert replay(journal(place)).same
    told = found.lines()
    assert told[0].startswith("run-1 (strategy ")
    assert told[0].endswith("stands on shadow")
    assert told[1:6] == [
        f"  {one:<12}  reached" for one in ("research", "walk_forward", "monte_carlo", "paper", "shadow")
    ]
    assert "wants on shadow: sessions at least 20" in told[6]


def test_a_study_that_was_not_approved_opens_nothing(place):
    bad = str(ensemble_file(place / "bad.toml", approved=False))
    found = promote(bad, "paper", journal=journal(place), operator="ann")
    assert found.stage == "research"
    assert "studies that approved it: 0" in found.rungs[1].words
    assert read_records(journal(place)) == []


def test_it_climbs_to_the_top_by_runs_of_each_stage_and_live_asks_for_it(place):
    on_paper(place)
    _, canary = on_stage(journal(place), "run-1", "c", "canary")
    assert missing_for("shadow", canary, journal(place)) == []
    told = missing_for("live", canary, journal(place))
    assert told[0] == "live is asked for, and this strategy under these rules stands on shadow"
    assert told[1].startswith("canary wants on shadow: sessions at least 20")
    assert told[2] == "after that: live (`tenfold ladder` shows their gates)"
    on_stage(journal(place), "run-1", "s", "shadow")
    assert promote("c", "live", journal=journal(place), operator="ann").stage == "shadow"  # no stage is skipped
    assert promote("s", "canary", journal=journal(place), operator="ann").stage == "canary"
    assert promote("c", "live", journal=journal(place), operator="ann").stage == "live"
    assert missing_for("live", canary, journal(place)) == []
    assert ladder("c", journal(place)).rungs[6].reached


def at_the_top(place):
    on_paper(place)
    for name, stage, to in (("s", "shadow", "canary"), ("c", "canary", "live")):
        on_stage(journal(place), "run-1", name, stage)
        assert promote(name, to, journal=journal(place), operator="ann").stage == to


def test_a_breaker_demotes_without_anybody_and_only_a_later_run_raises_it_again(place):
    at_the_top(place)
    number, live = on_stage(journal(place), "run-1", "l", "live")
    assert demoted(journal(place), "l", number, live, []) == ""
    halted = replace(TRIP, rule="halt")
    assert demoted(journal(place), "l", number, live, [halted]) == ""
    said = demoted(journal(place), "l", number, live, [halted, TRIP])
    assert said == "demoted from live to shadow: breaker daily_loss tripped at 0.03 of 0.02"
    assert demoted(journal(place), "l", number, live, [TRIP]) == ""  # once
    assert isinstance(read_records(journal(place))[-1], Demoted)
    told = missing_for("canary", live, journal(place))
    assert told[1] == "demoted: breaker daily_loss tripped at 0.03 of 0.02 (run l)"
    again = promote("s", "canary", journal=journal(place), operator="ann")
    assert again.stage == "shadow"
    assert "a run begun after the demotion" in again.rungs[5].words
    assert "demoted: breaker" in "\n".join(again.lines())
    on_stage(journal(place), "run-1", "s2", "shadow")
    assert promote("s2", "canary", journal=journal(place), operator="ann").stage == "canary"
    assert missing_for("canary", live, journal(place)) == []
    assert "begin another with --name" in missing_for("canary", live, journal(place), "c")[0]
    assert demoted(journal(place), "run-1", 1, head(place), [TRIP]) == ""  # on paper nothing is at stake


def test_what_one_run_was_demoted_for_ends_the_others_of_the_strategy_that_trade_money(place):
    at_the_top(place)
    first, live = on_stage(journal(place), "run-1", "l", "live")
    later, _ = on_stage(journal(place), "run-1", "other", "live")
    assert fallen(journal(place), later, live) == ""
    assert demoted(journal(place), "l", first, live, [TRIP]).startswith("demoted from live to shadow")
    assert fallen(journal(place), later, live) == "breaker daily_loss tripped at 0.03 of 0.02 (run l)"
    shadow, below = on_stage(journal(place), "run-1", "s3", "shadow")
    assert fallen(journal(place), shadow, below) == ""


def test_the_shadow_of_a_market_that_is_simulated_itself_opens_nothing_and_demotes_nobody(place):
    on_paper(place)
    number, simulated = on_stage(journal(place), "run-1", "toy", "shadow", simulated=True)
    found = promote("toy", "canary", journal=journal(place), operator="ann")
    assert (found.stage, found.promoted) == ("shadow", ())
    assert found.rungs[5].words.startswith("wants on shadow: ")
    assert demoted(journal(place), "toy", number, simulated, [TRIP]) == ""
    on_stage(journal(place), "run-1", "worse", "shadow", simulated=True, change=halved)
    on_stage(journal(place), "run-1", "real", "shadow", change=halved)
    assert judge(journal(place), "worse") == ""
    assert judge(journal(place), "real").startswith("demoted from shadow to paper: trades")


def halved(records):
    """Return what was recorded without the second half of its fills."""
    fills = [number for number, one in enumerate(records) if isinstance(one, Fill)]
    return [one for number, one in enumerate(records) if number not in set(fills[len(fills) // 2 :])]


def head(place, run="run-1"):
    kept = open_journal(journal(place), run)
    try:
        return kept.description
    finally:
        kept.close()


def dearer(records):
    sign = {Side.BUY: 1.0, Side.SELL: -1.0}
    return [
        replace(one, price=one.price * (1.0 + 0.002 * sign[one.side])) if isinstance(one, Fill) else one
        for one in records
    ]


def test_what_the_first_trades_cost_demotes_nobody(place):
    at_the_top(place)

    def begun(records):
        fifth = [number for number, one in enumerate(records) if isinstance(one, Fill)][4]
        return dearer(records[:fifth])

    on_stage(journal(place), "run-1", "l", "live", change=begun)
    assert judge(journal(place), "l") == ""


def test_a_verdict_that_fails_on_the_last_sessions_demotes_at_the_next_look(place):
    at_the_top(place)
    _, live = on_stage(journal(place), "run-1", "l", "live", change=dearer)
    assert judge(journal(place), "c") == ""
    said = judge(journal(place), "l")
    assert said.startswith("demoted from live to shadow: ")
    assert judge(journal(place), "l") == ""
    told = missing_for("live", live, journal(place), "l")
    assert told[0].startswith("run l is from before the demotion (cost against the backtest")
    assert "bps at best, wanted at most" in told[0]
    assert told[0].endswith("(run l)): begin another with --name")
    assert ladder("l", journal(place)).stage == "shadow"


def test_a_run_with_money_that_fell_may_close_what_it_holds_until_its_strategy_is_promoted_again(place):
    def closing(run):
        kept = open_journal(journal(place), run)
        kept.close()
        return closes_on(journal(place), kept.number, kept.description)

    at_the_top(place)
    on_stage(journal(place), "run-1", "l", "live", change=dearer)
    assert not closing("l")
    assert judge(journal(place), "l").startswith("demoted from live to shadow: ")
    assert closing("l")
    assert not closing("s")
    on_stage(journal(place), "run-1", "l2", "live")
    assert not closing("l2")


def test_a_record_that_was_changed_or_is_not_signed_counts_as_none_and_is_said(place):
    on_paper(place)
    records = read_records(journal(place))
    forged = replace(records[-1], operator="eve")
    add_record(journal(place), forged)
    found = ladder("run-1", journal(place))
    assert found.stage == "shadow"
    assert "by eve counts as none: its signature does not hold" in found.lines()[-1]
    fresh = begin_journal(str(place / "other.db"), RUN, b"")
    fresh.append([replace(records[0], figures=records[0].figures | {"days": 9999.0}), *records[1:]])
    fresh.sync()
    fresh.close()
    assert ladder(ensemble(place), str(place / "other.db")).stage == "research"
    assert len(ladder(ensemble(place), str(place / "other.db")).void) == len(records)


def test_without_the_operators_key_nothing_counts(place, monkeypatch):
    on_paper(place)
    monkeypatch.setenv("TENFOLD_OPERATOR_KEY", "x" * 40)
    assert "it names key" in ladder("run-1", journal(place)).void[0]
    monkeypatch.delenv("TENFOLD_OPERATOR_KEY")
    found = ladder("run-1", journal(place))
    assert found.stage == "research"
    assert "there is no operator's key here" in found.void[0]


def test_other_rules_other_symbols_and_other_parameters_climb_for_themselves(place):
    on_paper(place)
    here = head_of(head(place))
    for change in (
        {"rules": replace(here.rules, sizing=replace(here.rules.sizing, fraction=0.3))},
        {"instruments": here.instruments[:2]},
        {"seats": (replace(here.seats[0], parameters={"fast": 6, "slow": 20}),)},
    ):
        other = tenfold.codec.encode(replace(here, **change), "msgpack")
        assert missing_for("paper", other, journal(place))[0].endswith("stands on research")
    cash = replace(here, rules=replace(here.rules, account=replace(here.rules.account, cash=1.0)))
    assert missing_for("shadow", tenfold.codec.encode(cash, "msgpack"), journal(place)) == []


def test_bars_of_another_length_climb_for_themselves(place):
    on_paper(place)
    _, daily = on_stage(journal(place), "run-1", "s", "shadow")
    _, minutes = on_stage(journal(place), "run-1", "m", "shadow", periods=98_280.0)
    assert missing_for("shadow", daily, journal(place)) == []
    (told,) = missing_for("shadow", minutes, journal(place))
    assert told.startswith("it was promoted on bars of which a year has 252, and of these it has 98,280 (--every)")
    found = promote("m", "canary", journal=journal(place), operator="ann")
    assert found.stage == "shadow"
    assert found.rungs[5].words == "not yet: it was promoted on bars of another length"
    assert promote("s", "canary", journal=journal(place), operator="ann").stage == "canary"


def test_money_that_comes_in_is_no_return_and_what_people_say_is_no_disagreement(place):
    def paid_in(records):
        moments = [one.ts_ns for one in records if isinstance(one, BarSet)]
        found = []
        for one in records:
            found.append(one)
            if isinstance(one, BarSet) and one.ts_ns in {moments[0], moments[40]}:
                found.append(CashFlow(ts_ns=one.ts_ns, symbol="", kind="deposit", units=50_000_000_000))
        return found

    on_paper(place)
    on_stage(journal(place), "run-1", "s", "shadow", change=paid_in)
    kept = open_journal(journal(place), "s")
    found = recorded_run(kept)
    kept.close()
    assert abs(found.run.returns).max() < 0.1
    assert found.twin.rules.account.cash == 100_000.0


def test_a_part_of_a_share_that_is_left_alone_is_no_difference_from_the_venue(place):
    on_paper(place)
    part = Difference(ts_ns=1, kind="part", symbol="A", text="and 0.5 more, less than a lot: left alone")
    for name, kind in (("p", "part"), ("c", "cash")):
        told = replace(part, kind=kind)
        on_stage(journal(place), "run-1", name, "paper", change=lambda records, told=told: [*records, told])
        kept = open_journal(journal(place), name)
        assert recorded_run(kept).differences == int(kind == "cash")
        kept.close()


def test_who_pays_in_or_takes_out_is_demoted_for_nothing(place):
    here = replace(head_of(head(place)), stage="live", resting=False)
    bars = dataclasses.replace(BARS.slice(0, 160), instruments=here.instruments)
    description = tenfold.codec.encode(here, "msgpack")
    moved = [
        CashFlow(ts_ns=int(bars.ts_ns[number]) - 1, symbol="", kind="deposit", units=units, flow_id=f"{number}")
        for number, units in ((60, -60_000_000_000), (110, 300_000_000_000))
    ]
    kept = begin_journal(journal(place), "l", description)
    voters, _ = deciding(here, "l")
    run_events(bars, here.rules, voters, journal=kept, operator=moved, started=started("l", description, bars))
    kept.sync()
    found = recorded_run(kept)
    kept.close()
    assert found.run.fills.tolist() == found.twin.fills.tolist()
    assert found.run.equity_units.tolist() == found.twin.equity_units.tolist()
    assert len({abs(fill["lots"]) > 200 for fill in found.run.fills}) == 2  # of an account of other sizes
    assert judge(journal(place), "l") == ""


def test_a_run_without_bars_or_stage_shows_nothing(place):
    on_paper(place)
    on_stage(journal(place), "run-1", "begun", "shadow", change=lambda records: records[:1])
    assert "wants on shadow:" in ladder("begun", journal(place)).rungs[5].words


def test_a_canary_trades_a_part_of_the_size_under_a_part_of_the_limits(place):
    here = head_of(head(place))
    rules = replace(
        RULES, limits=replace(RULES.limits, gross_frac_max=0.3), sizing=replace(RULES.sizing, fraction=None)
    )
    small = traded_rules(replace(here, rules=rules, share=0.1))
    assert small.sizing.fraction == pytest.approx(0.1 / 3)
    assert small.limits.gross_frac_max == pytest.approx(0.03)
    assert small.limits.daily_loss_frac_max is None
    assert traded_rules(here) is here.rules


def test_what_is_not_there_is_one_line(place, monkeypatch):
    with pytest.raises(UnknownNameError, match="has no run nothing"):
        ladder("nothing", journal(place))
    with pytest.raises(UnknownNameError, match="there is no file"):
        promote("other.toml", "paper", journal=journal(place))
    monkeypatch.setattr("getpass.getuser", lambda: (_ for _ in ()).throw(KeyError()))
    with pytest.raises(SettingsError, match="--operator NAME"):
        promote(ensemble(place), "paper", journal=journal(place))


def test_the_home_folder_has_the_ladder_where_none_is_named(place, home):
    found = promote(ensemble(place), "walk_forward", operator="ann")
    assert found.stage == "walk_forward"
    assert (home / "journal.db").exists()


def test_a_record_of_the_ladder_changes_nothing_of_what_an_engine_does(place):
    on_paper(place)
    kept = open_journal(journal(place), "run-1")
    opening = next(kept.records())
    engine = engine_of(kept.description, opening)
    kept.close()
    engine.step(opening)
    assert [engine.step(record) for record in read_records(journal(place))] == [[]] * 4
