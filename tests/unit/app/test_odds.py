import numpy as np
import pytest

from tenfold import backtest, sweep
from tenfold.app.report.headline import headline
from tenfold.app.runs import load
from tenfold.app.wiring import trial_log
from tenfold.metrics.significance import deflated_sharpe, expected_maximum
from trial_scenes import chunk_on, days


def test_the_first_trial_is_judged_alone():
    summary = backtest("crossing", days(600)).summary()
    assert (summary["trials"], summary["effective_trials"], summary["luck_sharpe_ratio"]) == (1, 1.0, 0.0)
    assert summary["deflated_sharpe"] == summary["probabilistic_sharpe"]
    assert "This is the first trial on these instruments" in headline(summary)


def test_every_trial_lowers_the_odds():
    bars = days(600)
    first = backtest("crossing", bars).summary()
    log = trial_log()
    for start in range(5, 60, 5):
        log.record(*chunk_on(bars, list(range(start, start + 5))))
    summary = backtest("crossing", bars).summary()
    assert summary["trials"] == 56
    assert 50 < summary["effective_trials"] <= 56, "sketches of noise are independent"
    assert summary["deflated_sharpe"] < first["deflated_sharpe"]
    assert summary["probabilistic_sharpe"] == first["probabilistic_sharpe"]
    text = headline(summary)
    assert "one of 56 trials so far" in text
    assert "Given them, the chance that the true Sharpe ratio is above 0 is" in text


def test_variants_of_one_strategy_are_few_independent_ones():
    bars = days(1200)
    result = sweep("crossing", bars, grid={"fast": [20, 21, 22], "slow": [100, 102, 104]})
    assert result.odds.trials == 9
    assert result.odds.effective <= 3


def test_the_odds_of_a_sweep_are_those_of_its_best_row():
    bars = days(800)
    result = sweep("crossing", bars, grid={"fast": range(5, 60, 11), "slow": range(60, 250, 38)})
    odds, periods = result.odds, bars.periods_per_year
    # V is within its bounds, so the probability is between those of the two
    low, high = (
        deflated_sharpe(
            result.best["sharpe"] / np.sqrt(periods), len(bars), trials=odds.effective, trial_variance=v / len(bars)
        )
        for v in (2.0, 1.0)
    )
    assert low <= odds.deflated_sharpe <= high
    least = expected_maximum(odds.effective) * np.sqrt(periods / len(bars))
    assert least - 1e-9 <= odds.luck_sharpe <= least * np.sqrt(2) + 1e-9


def test_a_kept_run_tells_its_odds_as_they_were():
    bars = days(600)
    result = backtest("crossing", bars)
    before = result.summary()
    run_id = result.save("kept")
    backtest("crossing", bars, params={"fast": 9})
    backtest("channel", bars)
    assert load(run_id).summary() == before
    assert backtest("crossing", bars).summary()["trials"] == 3


def test_a_run_without_returns_has_no_odds():
    bars = days(100)
    summary = backtest(scores=np.zeros(100), bars=bars).summary()
    assert summary["trials"] == 1
    assert summary["deflated_sharpe"] is None
    assert summary["probabilistic_sharpe"] is None


def test_unknown_odds_are_said_to_be_unknown():
    summary = backtest("crossing", days(600)).summary()
    unknown = type(summary)(summary | {"trials": None, "deflated_sharpe": None})
    assert "how many there were is not known" in headline(unknown)
    assert "the chance" not in headline(type(summary)(summary | {"probabilistic_sharpe": None}))


@pytest.mark.parametrize("trials", [1, 7])
def test_the_pages_state_the_odds(tmp_path, trials):
    bars = days(600)
    for fast in range(5, 5 + trials):
        result = backtest("crossing", bars, params={"fast": fast})
    page = result.report(tmp_path / "run.html").read_text()
    assert "DSR" in page
    assert "Independent trials" in page
    page = sweep("crossing", bars, grid={"fast": [5, 6, 7]}).report(tmp_path / "sweep.html").read_text()
    assert "DSR of the best" in page


def test_a_log_that_was_damaged_since_gives_no_odds(home):
    result = backtest("crossing", days(600))
    trial_log().close()
    (home / "trials" / "trials.head.json").write_text("{}")
    assert result.warnings() == []
    summary = result.summary()
    assert summary["trials"] is None
    assert "how many there were is not known" in headline(summary)
