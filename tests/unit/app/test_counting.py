from dataclasses import replace

import numpy as np
import pytest

from tenfold import backtest, sweep
from tenfold.app.counting import UNCOUNTED, count_run
from tenfold.app.wiring import trial_log
from tenfold.backtesting.backtest import Opinion
from tenfold.backtesting.trials import trial_data
from tenfold.domain.errors import TrialLogError
from tenfold.domain.market import BarSet
from tenfold.domain.rules import Costs, Rules
from tenfold.market.universe import Universe
from trial_scenes import days


def counted(bars):
    return trial_log().count(trial_data(bars))


def test_a_backtest_is_counted_once_however_often_it_is_run():
    bars = days(300)
    for _ in range(2):
        backtest("crossing", bars, params={"fast": 10})
    assert counted(bars) == 1
    backtest("crossing", bars, params={"fast": 11})
    backtest("crossing", bars, params={"fast": 11}, rules=Rules(costs=Costs(fee_frac=0.001)))
    assert counted(bars) == 3
    assert [chunk.who for chunk, _ in trial_log().records()] == ["backtest"] * 4


def test_the_event_path_makes_no_other_trial():
    bars = days(120)
    backtest("crossing", bars)
    backtest("crossing", bars, engine="event", name="again")
    assert counted(bars) == 1


def test_a_sweep_and_a_backtest_of_one_of_its_rows_are_the_same_trial():
    bars = days(300)
    swept = sweep("crossing", bars, grid={"fast": [5, 10], "slow": [50, 100, 150]})
    assert swept.warnings() == []
    assert counted(bars) == 6
    backtest("crossing", bars, params={"fast": 10, "slow": 150})
    assert counted(bars) == 6
    backtest(["crossing"], bars, params=[{"fast": 10, "slow": 150}], weights=[3.0])
    assert counted(bars) == 6, "the weight of one voter is nothing"


def test_scores_are_told_apart_by_what_they_say():
    bars = days(200)
    scores = np.where(np.arange(200) % 7 < 3, 1.0, -1.0)
    scores[:9] = np.nan
    for _ in range(2):
        backtest(scores=scores, bars=bars)
    assert counted(bars) == 1
    backtest(scores=-scores, bars=bars)
    backtest(scores=np.stack([scores, -scores], axis=1)[:, None, :], bars=bars)
    assert counted(bars) == 3
    assert {chunk.family for chunk, _ in trial_log().records()} == {"scores", "vote"}


def test_a_vote_is_the_same_in_any_order_and_another_with_other_weights():
    bars = days(200)
    backtest(["crossing", "channel"], bars)
    backtest(["channel", "crossing"], bars)
    assert counted(bars) == 1
    backtest(["crossing", "channel"], bars, weights=[1.0, 2.0])
    backtest(["crossing", "channel"], bars, params=[{"fast": 7}, None])
    assert counted(bars) == 3


class Buying:
    """Have the opinion that was given."""

    def __init__(self, score):
        self.score = score

    def on_bar(self, window):
        return float(self.score)


class Ordering:
    """Buy as many as it was told, once."""

    def __init__(self, quantity):
        self.quantity = quantity

    def on_event(self, event, view):
        first, self.quantity = self.quantity, 0
        return [view.submit("AAA", "buy", first)] if isinstance(event, BarSet) and first else []


@pytest.mark.parametrize("kind", [Buying, Ordering])
def test_objects_are_told_apart_by_what_they_do(kind):
    bars = days(60)
    for value in (1, 1, -1 if kind is Buying else 2):
        backtest(kind(value), bars)
    assert counted(bars) == 2
    assert {chunk.family for chunk, _ in trial_log().records()} == {kind.__name__}


def test_a_universe_makes_another_trial():
    bars = days(100, symbols=("AAA", "BBB"))
    backtest("crossing", bars)
    members = np.ones(bars.rows.shape, bool)
    chosen = np.arange(100) % 20 == 0
    backtest("crossing", bars, universe=Universe(members, chosen, "all"))
    assert counted(bars) == 1, "a universe that leaves out nothing is none"
    members = members.copy()
    members[50:, 1] = False
    for _ in range(2):
        backtest("crossing", bars, universe=Universe(members, chosen, "some"))
    assert counted(bars) == 2


@pytest.fixture
def unwritable(home, monkeypatch):
    (home / "file").write_text("")
    monkeypatch.setenv("TENFOLD_HOME", str(home / "file" / "below"))


@pytest.mark.usefixtures("unwritable")
def test_where_nothing_can_be_counted_the_run_goes_on_and_says_so():
    bars = days(300)
    result = backtest("crossing", bars)
    (line,) = [text for text in result.warnings() if "not counted" in text]
    assert "TENFOLD_HOME" in line
    assert "\n" not in line
    assert len(result.fills)
    summary = result.summary()
    assert [summary[key] for key in ("trials", "effective_trials", "luck_sharpe_ratio", "deflated_sharpe")] == [
        None
    ] * 4
    swept = sweep("crossing", bars, grid={"fast": [5, 10]})
    assert len(swept.warnings()) == 1
    assert swept.odds.deflated_sharpe is None


def test_a_damaged_log_is_told_and_gives_no_odds(home):
    bars = days(300)
    backtest("crossing", bars)
    trial_log().close()
    (home / "trials" / "trials.head.json").write_text('{"records":9,"digest":"00"}')
    result = backtest("crossing", bars, params={"fast": 9})
    assert "was damaged" in result.run.notes[UNCOUNTED]
    assert result.summary()["deflated_sharpe"] is None
    with pytest.raises(TrialLogError):
        trial_log().verify()


@pytest.mark.usefixtures("unwritable")
def test_a_large_sweep_that_cannot_be_counted_tries_once():
    swept = sweep("crossing", days(60), grid={"fast": range(5, 60), "slow": range(20, 45)})
    assert len(swept) == 1375
    assert len(swept.warnings()) == 1


def test_an_opinion_whose_scores_were_not_kept_is_told_by_what_it_did():
    bars = days(60)
    for score in (1.0, -1.0):
        run = replace(backtest(Buying(score), bars).run, scores=None)
        count_run(run, [Opinion(Buying(score), "Buying")], None)
    assert counted(bars) == 4
