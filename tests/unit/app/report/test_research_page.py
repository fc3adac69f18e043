import json
import re
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from studies import make_dossier, make_study, study_bars
from tenfold.app.report.markup import text
from tenfold.app.report.research_attribution import share_of
from tenfold.app.report.research_choice import tau_words
from tenfold.app.report.research_funnel import funnel_table
from tenfold.app.report.research_gates import found_words, gate_name, needed_words
from tenfold.app.report.research_judged import judged
from tenfold.app.report.research_members import parameter_words
from tenfold.app.report.research_odds import odds_words
from tenfold.app.report.research_page import research_page, write_research_page
from tenfold.app.report.research_regimes import in_regimes
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.errors import DataError, StorageError
from tenfold.domain.rules import Costs, Rules
from tenfold.domain.units import NS_PER_DAY
from tenfold.metrics.performance import growth, sharpe_ratio
from tenfold.research.gates import Check, Gates

SECTIONS = [
    "gates", "odds", "timeline", "funnel", "members", "attribution", "regimes", "ranks", "size", "steps", "families", "data",
    "provenance",
]  # fmt: skip
SHOUT = "</script><img onerror=alert(1)>"


@pytest.fixture(scope="module")
def bars():
    return study_bars()


@pytest.fixture(scope="module")
def study(bars):
    return make_study(bars)


def figures(page):
    return json.loads(re.search(r'id="figures">(.*?)</script>', page, re.DOTALL).group(1))["charts"]


def plain(page):
    """Return the words of a page as a reader sees them."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<main")[1].split("<footer>")[0])).replace(
        "&#x27;", "'"
    )


def test_all_sections_are_there_and_nothing_is_asked_for(study, bars):
    page = research_page(study, bars)
    assert re.findall(r'<section id="(\w+)"', page) == SECTIONS
    assert set(figures(page)) == {"odds", "timeline", "fitness", "attribution", "regimes", "ranks", "size"}
    assert "default-src 'none'" in page
    assert not re.findall(r'<(?:link|img|script)[^>]+(?:src|href)="(?!#)', page)
    for name in figures(page):
        assert f'id="chart-{name}"' in page


def test_the_answer_comes_first(study, bars):
    page = plain(research_page(study, bars))
    assert page.index("3 of 2,000 tried were approved.") < page.index("The gates")
    assert "Their vote passed all 5 gates." in page
    one = plain(research_page(make_study(bars, members=1, candidates=1), bars))
    assert "1 of 2,000 tried was approved. It passed all 5 gates." in one


def test_a_refusal_names_what_was_missed(bars):
    page = plain(research_page(make_study(bars, approved=False), bars))
    assert "Nothing survived: of 2,000 tried, 3 were proposed, and their vote failed 4 of 5 gates" in page
    assert "Sharpe ratio out of sample (0.22, at least 0.50 needed)" in page
    assert "probability of backtest overfitting (62.0 %, at most 50.0 % needed) and 1 more." in page
    assert "There is too little data for a claim: it needs a record of 14.2 years" in page
    assert "✗ failed" in page
    single = plain(research_page(make_study(bars, approved=False, members=1), bars))
    assert "one was proposed, and it failed 4 of 5 gates" in single


def test_where_nobody_was_good_enough_the_page_says_so(bars):
    nobody = make_study(bars, approved=False, members=0, candidates=0)
    nobody = replace(nobody, sizes=np.full(10, np.nan), steps=(), train_sharpe=np.zeros(0), test_sharpe=np.zeros(0))
    page = research_page(nobody, bars)
    assert re.findall(r'<section id="(\w+)"', page) == SECTIONS
    assert set(figures(page)) == {"odds", "regimes"}
    said = plain(page)
    assert "of 2,000 tried, not one was good enough to be proposed." in said
    assert "nothing to draw" in said
    assert "Nobody voted." in said


def test_a_study_without_any_test_is_told(study, bars):
    untested = replace(study, oos=np.full(len(bars), np.nan), excess=np.full(len(bars), np.nan))
    page = research_page(untested, bars)
    assert "timeline" not in figures(page)
    assert len(judged(untested).vote) == 0


def test_synthetic_data_are_labelled_and_others_are_not(study, bars):
    assert "Synthetic data: this market was simulated" in research_page(study, bars)
    real = replace(bars, label="a file")
    assert "Synthetic data" not in research_page(replace(study, label="a file"), real)


def test_bars_of_another_market_are_refused(study, bars):
    with pytest.raises(DataError, match=r"1,000 of SYN1, SYN2, SYN3, expected the 1,300"):
        research_page(study, bars.slice(0, 1000))


def test_names_stay_text():
    close = 50 * np.exp(np.cumsum(np.random.default_rng(2).normal(0, 0.01, (600, 2)), axis=0))
    bars = bars_from_arrays(
        ["A", SHOUT], (np.arange(600) + 15_000) * NS_PER_DAY, close, close, close, close, period_ns=NS_PER_DAY
    )
    study = make_study(bars)
    loud = replace(study.candidates[0], family=SHOUT, values={SHOUT: 3})
    study = replace(
        study,
        candidates=(loud, *study.candidates[1:]),
        members=(loud, *study.members[1:]),
        regime_names=(SHOUT, *study.regime_names[1:]),
    )
    page = research_page(study, bars, name=SHOUT)
    assert "<img" not in page
    assert f"<h1>{text(SHOUT)}</h1>" in page


def test_the_file_is_written_whole(study, bars, tmp_path):
    path = write_research_page(tmp_path / "deep" / "study.html", study, bars, name="Mine")
    assert "<h1>Mine</h1>" in path.read_text()
    assert [one.name for one in path.parent.iterdir()] == ["study.html"]
    with pytest.raises(StorageError):
        write_research_page(path / "under.html", study, bars)


def test_the_benchmark_varies_as_much_as_the_vote(study):
    tests = judged(study)
    assert tests.matched.std() == pytest.approx(tests.vote.std())
    assert tests.sharpe == pytest.approx(sharpe_ratio(study.oos, study.periods))
    assert tests.years == pytest.approx(len(tests.vote) / study.periods)
    idle = judged(replace(study, oos=np.where(np.isfinite(study.oos), 0.0, np.nan)))
    assert not idle.matched.any()


def test_the_chart_shows_unseen_bars_alone(study, bars):
    drawn = figures(research_page(study, bars))["timeline"]
    first = study.steps[0].test[0]
    starts = {drawn["shared"]["bars"][0]}
    assert starts == {int(bars.ts_ns[first] // NS_PER_DAY * 86_400_000)}
    assert len(drawn["layout"]["shapes"]) == len(study.steps)


def test_regimes_add_up_to_the_whole(study):
    returns, labels = study.whole, study.regime_labels
    found = in_regimes(returns, labels, 6, study.periods)
    share = np.bincount(labels, minlength=6) / len(labels)
    assert np.nansum(found * share) == pytest.approx(sharpe_ratio(returns, study.periods))
    assert np.isnan(in_regimes(returns, np.zeros(len(returns), np.int64), 2, 252.0)[1])


def test_a_price_is_drawn_once_in_the_colours_of_its_regimes(study, bars):
    drawn = figures(research_page(study, bars))["regimes"]
    assert len(drawn["variants"]) == 1 + len(bars.symbols)
    lines = [trace["y"] for trace in drawn["variants"][1]["data"]]
    covered = [any(y[i] is not None for y in lines) for i in range(len(bars))]
    assert all(covered)
    strips = np.array([[value is not None for value in row] for row in drawn["data"][0]["z"]])
    assert (strips.sum(axis=0) == 1).all()


def test_fitness_and_what_was_lost_add_up_to_the_sharpe_ratio(study, bars):
    drawn = figures(research_page(study, bars))["fitness"]
    total = np.sum([trace["x"] for trace in drawn["data"][:3]], axis=0)
    assert total == pytest.approx([one.sharpe for one in study.candidates], rel=1e-3)


def test_returns_are_shared_out_by_the_way_a_member_went():
    share = share_of(np.array([0.02, -0.01, 0.03, 0.0, 0.01]), np.array([0.01, 0.02, 0.0, 0.5, 0.001]))
    assert (share.same, share.other, share.still) == pytest.approx((0.03, -0.01, 0.03))
    assert share.with_frac == 0.5
    assert np.isnan(share_of(np.zeros(3), np.ones(3)).with_frac)


def test_the_funnel_counts_down():
    page = plain(f"<main>{funnel_table((('evaluated', 2000), ('chosen', 4), ('dsr_min', 0), ('own gate', 0)))}<footer>")
    assert "Evaluated 2,000 – –" in page
    assert "Chosen 4 1,996 0.20" in page
    assert "Deflated Sharpe ratio 0 4 0.00" in page
    assert "Own gate 0 0 –" in page
    assert funnel_table((("evaluated", 0),)).count('class="bar"') == 0


@pytest.mark.parametrize(
    ("gate", "found", "threshold", "passed", "needed"),
    [
        ("dsr_min", 0.99, 0.95, True, "at least 95.0\u00a0%"),
        ("pbo_max", 0.6, 0.5, False, "at most 50.0\u00a0%"),
        ("track_record", 0.0, 1.0, False, "enough"),
        ("house_rule", 3.0, 2.0, True, "at least 2.00"),
        ("house_rule", 3.0, 2.0, False, "at most 2.00"),
    ],
)
def test_a_gate_says_what_it_asks_for(gate, found, threshold, passed, needed):
    assert needed_words(Check(gate=gate, found=found, threshold=threshold, passed=passed, words="")) == needed


def test_every_threshold_of_the_gates_has_a_name():
    for name in Gates.__struct_fields__:
        assert gate_name(name) != name.replace("_", " ").capitalize() or name == "members_min"


def test_odds_that_are_unknown_are_not_invented(study):
    nan = np.nan
    unknown = replace(
        study.odds, here=3200, dsr=nan, psr=nan, pbo=nan, pbo_low=nan, pbo_high=nan, track_record_min=np.inf, backtest_length_min=nan,
        superiority_p=nan, path_sharpes=(), haircut_sharpe=nan,
    )  # fmt: skip
    said = " ".join(odds_words(replace(study, odds=unknown), judged(study)))
    assert "cannot be said" in said
    assert "could not be computed" in said
    assert "No length of record" in said
    assert "was not run" in said
    assert "the first on these instruments" in said
    assert "nan" not in said
    assert "inf" not in said


def test_a_band_of_overfitting_is_left_out_where_it_is_unknown(study, bars):
    odds = replace(study.odds, pbo_low=np.nan, pbo_high=np.nan, superior=(), track_record_min=np.inf)
    page = plain(research_page(replace(study, odds=odds), bars))
    assert "resampled" not in page
    assert "no family" in page
    assert "no length proves it" in page


@pytest.mark.parametrize(
    ("tau", "said"),
    [
        (0.5, "stays better"),
        (0.1, "a little more often"),
        (0.0, "says nothing"),
        (-0.4, "worse after"),
        (np.nan, "could not be measured"),
    ],
)
def test_tau_in_words(tau, said):
    assert said in tau_words(tau)


def test_many_trials_are_drawn_in_part(study, bars):
    random = np.random.default_rng(3)
    many = replace(study, train_sharpe=random.normal(0, 1, 5000), test_sharpe=random.normal(0, 1, 5000))
    page = research_page(many, bars)
    assert "2,000 of 5,000 are drawn." in page
    assert len(figures(page)["ranks"]["data"][0]["x"]) == 2000


def test_parameters_are_short(study):
    assert parameter_words(replace(study.candidates[0], values={"n": 12345, "x": 0.123456789})) == "n 12345, x 0.1235"
    assert parameter_words(replace(study.candidates[0], values={})) == "none"


def test_every_section_stands_in_the_reference(root, study, bars):
    told = (root / "docs/reference/research-page.md").read_text()
    for anchor in re.findall(r'<section id="(\w+)"', research_page(study, bars, dossier=make_dossier(study, paths=20))):
        assert f"| `{anchor}` |" in told


def test_a_test_without_a_trade_is_told(study, bars):
    still = study.oos.copy()
    still[slice(*study.steps[1].test)] = 0.0
    page = research_page(replace(study, oos=still), bars)
    notes = [note["text"] for note in figures(page)["timeline"]["layout"]["annotations"]]
    assert notes.count("no trade") == 1
    assert page.count(">no trade<") == 1


def test_a_long_record_is_thinned_to_its_extremes():
    bars = study_bars(6000, 1)
    study = make_study(bars)
    drawn = figures(research_page(study, bars))["timeline"]
    vote = drawn["data"][1]["y"]
    wealth = growth(judged(study).vote)
    assert len(drawn["shared"]["bars"]) == len(vote) < len(wealth)
    assert (max(vote), min(vote)) == pytest.approx((wealth.max(), wealth.min()), rel=1e-4)


def test_a_vote_that_hardly_trades_is_called_cash(study, bars):
    assert "mostly cash" in research_page(replace(study, trades_share=0.004), bars)
    assert "mostly cash" not in research_page(study, bars)


def test_rules_and_notes_are_part_of_what_it_rests_on(study, bars):
    page = plain(research_page(study, bars, rules=Rules(costs=Costs(slippage_bps=7.5))))
    assert "rules.costs.slippage_bps 7.50" in page
    assert "families left out pairs: compares symbols" in page
    assert study.digest in page
    assert study.label in page


def test_markets_that_were_never_tried_before_are_told_so(study, bars):
    fresh = replace(study, odds=replace(study.odds, trials=2000))
    assert "All 2,000 evaluations were made here" in plain(research_page(fresh, bars))


def test_many_symbols_are_counted_not_listed():
    bars = study_bars(400, 12)
    page = plain(research_page(make_study(bars), bars))
    assert "Research on SYN1, SYN2, SYN3, SYN4, SYN5, SYN6, SYN7, SYN8 and 4 more" in page


def test_gates_that_are_all_asked_for_leave_nothing_to_tell(study, bars):
    gates = Gates(superiority_p_max=0.05, robustness_min=0.5)
    assert "Not asked for" not in research_page(replace(study, gates=gates), bars)
    assert "Not asked for: p-value against buy and hold, robustness" in plain(research_page(study, bars))


def test_a_regime_that_never_was_is_drawn_empty(study, bars):
    labels = np.where(study.regime_labels == 5, 4, study.regime_labels)
    drawn = figures(research_page(replace(study, regime_labels=labels), bars))["regimes"]
    assert len(drawn["variants"][0]["data"]) == len(np.unique(labels))


def test_cross_validated_paths_are_told_and_drawn(study, bars):
    page = research_page(study, bars)
    assert "9 paths through all of it had Sharpe ratios from −0.07 to 0.71, half of them above 0.48; 1 lost." in plain(
        page
    )
    dots = figures(page)["odds"]["data"][1]
    assert sorted(dots["x"]) == sorted(study.odds.path_sharpes)
    without = replace(study, odds=replace(study.odds, path_sharpes=()))
    assert len(figures(research_page(without, bars))["odds"]["data"]) == 1


def test_what_failed_by_little_does_not_read_as_what_was_needed():
    near = Check(gate="oos_psr_min", found=0.949996, threshold=0.95, passed=False, words="")
    assert found_words(near) == "0.949996"
    assert found_words(msgspec.structs.replace(near, found=0.91)) == found_words(
        msgspec.structs.replace(near, found=0.91, passed=True)
    )
