"""The page of a dossier: everything is there, nothing is asked for from outside, and its words say what was found."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from studies import make_study, study_bars
from tenfold.app.ensemble_file import save_ensemble
from tenfold.app.examining import examine
from tenfold.app.report.robustness_page import robustness_page, verdict, write_robustness_page
from tenfold.app.report.robustness_scenarios import rank_correlation
from tenfold.domain.errors import StrategyError
from tenfold.domain.rules import Costs, Rules
from tenfold.market.planted import planted_market
from tenfold.market.synthetic import random_walk
from tenfold.registry import STRATEGIES
from tenfold.research.robustness import Counts

SHOUT = "</script><img onerror=alert(1)>"
FEW = Counts(bootstrap=40, prices=3, neighbours=3, random=5)
BARS = planted_market(300, 2, seed=1)
RULES = Rules(costs=Costs(fee_frac=0.0005))


@pytest.fixture(scope="module")
def found():
    return examine(["crossing", "channel"], BARS, params=[{"slow": 40}, {}], rules=RULES, scenarios=30, counts=FEW)


def test_all_sections_are_there_and_nothing_is_asked_for(found, tmp_path):
    path = write_robustness_page(found, BARS, tmp_path / "page.html", title=SHOUT)
    page = path.read_text()
    assert re.findall(r'<section id="(\w+)"', page) == [
        "robustness", "scenarios", "paths", "trading", "entries", "plateaus", "data", "made",
    ]  # fmt: skip
    charts = json.loads(re.search(r'id="figures">(.*?)</script>', page, re.DOTALL).group(1))["charts"]
    assert set(charts) == {"scenarios", "multipliers", "paths", "lateness", "entries", "plateaus"}
    assert "default-src 'none'" in page
    assert SHOUT not in page
    assert "Synthetic data" in page


def test_the_verdict_is_in_words(found):
    assert "Over 30 scenarios" in verdict(found)
    entry, costs = found.random_entry, found.costs
    good = replace(found, random_entry=replace(entry, p=0.001), costs=replace(costs, paid_bps=5.0, break_even_bps=50.0))
    assert "timing is better than chance, and it could pay 10.0 times what it pays to trade" in verdict(good)
    assert "cannot be told from chance" in verdict(replace(found, random_entry=None))
    poor = replace(found, costs=replace(costs, paid_bps=5.0, break_even_bps=2.0))
    assert "what it pays to trade is more than it earns" in verdict(poor)
    assert "even if trading were free" in verdict(replace(found, costs=replace(costs, break_even_bps=0.0)))
    free = replace(found, costs=replace(costs, paid_bps=0.0, break_even_bps=3.0))
    assert "it could pay 3.0 basis points a side" in verdict(free)
    failed = replace(found, checks=())
    assert "none of the thresholds holds" in verdict(failed)


def test_what_never_trades_has_a_page_too():
    bars = random_walk(120, seed=1)
    silent = examine("crossing", bars, params={"slow": 250}, scenarios=3, counts=FEW)
    assert silent.random_entry is None
    page = robustness_page(silent, bars)
    assert "It never traded" in page
    assert "The vote never took a side." in page


def test_a_multiplier_counts_within_its_stratum():
    strata = np.repeat([0, 1], 50)
    values = np.arange(100.0)
    within = np.concatenate([np.arange(50.0), np.arange(50.0)])
    assert rank_correlation(values, within, strata) == pytest.approx(1.0)
    assert rank_correlation(values, -values, strata) == pytest.approx(-1.0)
    assert rank_correlation(np.ones(100), values, strata) == 0.0
    tied = np.array([1.0, 1.0, 2.0, 2.0])
    assert rank_correlation(tied, np.array([1.0, 2.0, 3.0, 4.0]), np.zeros(4, np.int64)) == pytest.approx(
        0.8944, abs=1e-4
    )


def test_an_ensemble_brings_its_members_and_rules(tmp_path):
    result = make_study(study_bars(), members=1)
    fold = STRATEGIES.load("crossing")
    chosen = replace(result.members[0], family="crossing", values=fold.defaults, source_hash=fold.source_hash)
    path = save_ensemble(replace(result, members=(chosen,)), RULES, tmp_path / "ensemble.toml")
    found = examine(str(path), BARS, scenarios=2, counts=FEW)
    plain = examine("crossing", BARS, rules=RULES, scenarios=2, counts=FEW)
    np.testing.assert_array_equal(found.returns, plain.returns)
    other = examine(str(path), BARS, rules=Rules(), scenarios=2, counts=FEW)
    assert (other.returns != found.returns).any()


def test_objects_cannot_be_examined():
    class Remembers:
        name = "remembers"

        def on_bar(self, window):
            return None

    with pytest.raises(StrategyError, match="remembers is an object"):
        examine([Remembers(), "crossing"], BARS)
