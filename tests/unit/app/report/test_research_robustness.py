import json
import re
from dataclasses import replace

import numpy as np
import pytest

from studies import make_dossier, make_study, study_bars
from tenfold.app.report.research_page import research_page
from tenfold.app.report.research_paths import cost_words, fan_chart
from tenfold.app.report.research_plateaus import plateau_chart
from tenfold.app.report.research_robustness import robustness_section
from tenfold.metrics.performance import total_return


@pytest.fixture(scope="module")
def bars():
    return study_bars()


@pytest.fixture(scope="module")
def study(bars):
    return make_study(bars)


@pytest.fixture(scope="module")
def dossier(study):
    return make_dossier(study, paths=60)


def test_a_dossier_adds_its_sections(study, bars, dossier):
    page = research_page(study, bars, dossier=dossier)
    charts = json.loads(re.search(r'id="figures">(.*?)</script>', page, re.DOTALL).group(1))["charts"]
    assert {"robustness", "paths", "plateaus"} <= set(re.findall(r'<section id="(\w+)"', page))
    assert len(charts["paths"]["variants"]) == 6
    assert len(charts["plateaus"]["variants"]) == 2
    groups = [charts[name].get("group") for name in ("paths", "plateaus", "regimes")]
    assert len(set(groups)) == 3, "the choice of one must not turn the others"
    assert "robustness" not in re.findall(r'<section id="(\w+)"', research_page(study, bars))


def test_a_fan_starts_at_one_and_shows_what_was(dossier):
    drawn = fan_chart(dossier, dossier.bootstrap)
    low, high, quarter, three, middle, was, paths = drawn["data"]
    assert [trace["y"][0] for trace in (low, high, quarter, three, middle, was)] == [1] * 6
    assert low["y"][-1] < quarter["y"][-1] < middle["y"][-1] < three["y"][-1] < high["y"][-1]
    assert was["y"][-1] == pytest.approx(1.0 + total_return(dossier.returns), rel=1e-3)
    assert middle["x"][-1] == pytest.approx(len(dossier.returns) / dossier.periods, rel=1e-3)
    assert sum(paths["y"]) == 60


def test_a_plateau_is_marked_where_the_member_is(dossier):
    two, one = (plateau_chart(plateau) for plateau in dossier.plateaus)
    assert (two["data"][0]["type"], two["data"][1]["x"], two["data"][1]["y"]) == ("heatmap", ["8"], ["60"])
    assert one["data"][0]["mode"] == "lines"
    assert one["data"][1]["x"] == [30.0]
    assert one["data"][1]["y"] == [float(dossier.plateaus[1].cells[0, 4])]


def test_without_plateaus_the_neighbours_are_still_told(study, bars, dossier):
    page = research_page(study, bars, dossier=replace(dossier, plateaus=()))
    assert 'id="plateaus"' in page
    assert "chart-plateaus" not in page
    assert "the vote" in page


@pytest.mark.parametrize(
    ("even", "said"),
    [
        (np.nan, "Nothing was traded"),
        (0.0, "Even without any costs"),
        (11.54, "3.2 basis points were paid a side; at 11.5"),
    ],
)
def test_costs_in_words(dossier, even, said):
    assert said in cost_words(replace(dossier, costs=replace(dossier.costs, break_even_bps=even)))


def test_the_score_and_every_threshold_are_told(dossier):
    text = robustness_section(dossier)
    assert f"It scores {dossier.score.total:.2f} of 1 over 60 scenarios" in text
    assert "Entering at random" in text
    assert "The market was simulated." in text
    assert text.count("holds") + text.count("fails") == len(dossier.checks)
    assert "cannot be held against entering at random" in robustness_section(replace(dossier, random_entry=None))
