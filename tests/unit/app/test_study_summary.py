"""A study is told in words that hold for each outcome."""

from dataclasses import replace

import numpy as np
import pytest
from msgspec import json

from studies import make_study, study_bars
from tenfold.app.study_file import study_json
from tenfold.app.study_summary import funnel_words, gate_rows, member_rows, odds_words, verdict_words


@pytest.fixture(scope="module")
def bars():
    return study_bars()


@pytest.mark.parametrize(
    ("changes", "begins"),
    [
        ({}, "Of 2,000 strategies tried, 3 were approved: their vote passed all 5 gates. Over "),
        ({"members": 1}, "Of 2,000 strategies tried, 1 was approved: it passed all 5 gates. Over "),
        (
            {"approved": False},
            "Nothing survived: of 2,000 strategies tried, 3 were proposed, and their vote failed 4 of 5 gates.",
        ),
        (
            {"approved": False, "members": 1},
            "Nothing survived: of 2,000 strategies tried, 1 was proposed, and it failed 4 of 5",
        ),
        ({"approved": False, "members": 0}, "Nothing survived: of 2,000 strategies tried, not one was good enough"),
    ],
)
def test_the_verdict(bars, changes, begins):
    assert verdict_words(make_study(bars, **changes)).startswith(begins)


def test_the_verdict_without_a_test(bars):
    study = make_study(bars)
    assert verdict_words(replace(study, oos=np.full(len(bars), np.nan))).endswith("There was nothing to test it on.")
    flat = replace(study, oos=np.zeros(len(bars)))
    assert "was not defined" in verdict_words(flat)


def test_the_odds(bars):
    study = make_study(bars)
    assert odds_words(study) == (
        "By luck alone the best of 3,200 worthless ones (1,200 of them earlier) is expected to show a Sharpe ratio of 0.74; that this "
        "vote is no better has a probability of 0.03."
    )
    sure = replace(study, odds=replace(study.odds, trials=2000, dsr=0.9999))
    assert "worthless ones is expected" in odds_words(sure)
    assert "less than 0.01" in odds_words(sure)
    assert odds_words(replace(study, odds=replace(study.odds, dsr=np.nan))).endswith("0.74.")


def test_gates_and_members(bars):
    study = make_study(bars, approved=False)
    rows = gate_rows(study)
    assert rows[0] == ("ok", "quality_min", "the worst data score 100 of 100, at least 60 needed")
    assert rows[3][0] == "FAILED"
    assert rows[3][2].endswith("at most 0.5 needed")
    assert rows[4] == ("FAILED", "track_record", "too little data")
    assert member_rows(study)[0][:2] == ("crossing", "33.3\N{NO-BREAK SPACE}%")
    assert funnel_words(study).startswith("2,000 evaluated > 1,650 traded")


def test_the_file_is_the_same_for_the_same_study(bars):
    study = make_study(bars, notes={"pool": object, "trial log": "ab"})
    found = json.decode(study_json(study))
    assert study_json(study) == study_json(make_study(bars, notes={"pool": object}))
    assert len(found["oos"]) == len(bars)
    assert found["oos"][0] is None
    assert found["members"][0]["family"] == "crossing"
    assert found["gates"]["dsr_min"] == study.gates.dsr_min
