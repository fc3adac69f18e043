"""Planted edges: each is there, of the stated strength, and prices have no drift on the whole."""

import numpy as np
import pytest

from tenfold.domain.errors import ParameterError
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR
from tenfold.market.planted import EDGES, planted_market
from tenfold.market.quality_bars import check
from tenfold.market.series import Series

BARS = 20_000


def moves_of(edge, **given):
    bars = planted_market(BARS, given.pop("symbols", 1), seed=1, edge=edge, **given)
    return bars, np.diff(np.log(bars.rows["close"]), axis=0)


def correlation(a, b):
    return np.corrcoef(a, b)[0, 1]


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("period_ns", [NS_PER_DAY, NS_PER_HOUR])
def test_every_edge_makes_clean_seeded_labelled_bars(edge, period_ns):
    bars = planted_market(600, 4, seed=5, edge=edge, period_ns=period_ns)
    rows = bars.rows
    assert (rows["high"] >= np.maximum(rows["open"], rows["close"])).all()
    assert (rows["low"] <= np.minimum(rows["open"], rows["close"])).all()
    assert f"planted {edge} of strength 0.1" in bars.label
    assert planted_market(600, 4, seed=5, edge=edge, period_ns=period_ns).rows.tobytes() == rows.tobytes()
    if period_ns == NS_PER_DAY:
        assert check(Series(symbol="SYN1", rows=rows[:, 0].copy(), period_ns=period_ns))[1].clean


@pytest.mark.parametrize("edge", EDGES)
def test_an_edge_adds_neither_volatility_nor_drift(edge):
    _, moves = moves_of(edge, symbols=4, strength=0.1, span=5)
    assert moves.std() * np.sqrt(252) == pytest.approx(0.2, rel=0.03)
    assert abs(moves.mean()) * 252 < 0.06  # three standard errors of 80 years


def test_a_trend_goes_on_and_a_deviation_comes_back():
    _, moves = moves_of("trend", strength=0.3)
    assert correlation(moves[:-1, 0], moves[1:, 0]) == pytest.approx(0.3 * np.exp(-1 / 20), abs=0.03)
    _, moves = moves_of("reversion", strength=0.5, span=2)
    assert correlation(moves[:-1, 0], moves[1:, 0]) < -0.05


def test_large_gaps_come_back_in_the_days_after():
    bars, moves = moves_of("gap", strength=0.3, span=3)
    gaps = np.log(bars.rows["open"][1:, 0] / bars.rows["close"][:-1, 0])
    large = np.abs(gaps[:-1]) > np.quantile(np.abs(gaps), 0.9)
    assert correlation(gaps[:-1][large], moves[1:, 0][large]) < -0.2
    assert abs(correlation(gaps[:-1][~large], moves[1:, 0][~large])) < 0.05


def test_moves_on_heavy_volume_come_back():
    bars, moves = moves_of("climax", strength=0.3, span=3)
    heavy = bars.rows["volume"][1:-1, 0] > np.quantile(bars.rows["volume"], 0.95)
    assert correlation(moves[:-1, 0][heavy], moves[1:, 0][heavy]) < -0.15
    assert abs(correlation(moves[:-1, 0][~heavy], moves[1:, 0][~heavy])) < 0.05


@pytest.mark.parametrize(("edge", "within"), [("month_turn", lambda row: (row["day"] >= 26) | (row["day"] <= 3)),
                                              ("winter", lambda row: (row["month"] >= 11) | (row["month"] <= 4))])  # fmt: skip
def test_a_drift_follows_the_calendar(edge, within):
    bars, moves = moves_of(edge, strength=0.02)
    inside = within(bars.rows[:-1, 0])
    apart = moves[inside, 0].mean() - moves[~inside, 0].mean()
    assert apart / (moves.std() / np.sqrt(BARS * inside.mean() * (1 - inside.mean()))) > 8.0


def test_quiet_markets_rise():
    _, moves = moves_of("calm", strength=0.02, span=60)
    risk = np.convolve(moves[:, 0] ** 2, np.ones(20), "valid")[:-1]
    assert correlation(np.log(risk), moves[20:, 0] / np.sqrt(risk)) < -0.05
    assert correlation(moves[:-1, 0] ** 2, moves[1:, 0] ** 2) > 0.1


def test_a_symbol_goes_on_beating_the_others():
    _, moves = moves_of("relative", symbols=6, strength=0.2, correlation=0.3)
    apart = moves - moves.mean(axis=1, keepdims=True)
    assert np.mean([correlation(apart[:-1, i], apart[1:, i]) for i in range(6)]) > 0.1
    assert abs(correlation(moves.mean(axis=1)[:-1], moves.mean(axis=1)[1:])) < 0.03


def test_pairs_come_back_and_their_mean_does_not():
    _, moves = moves_of("pairs", symbols=3, strength=0.4, span=3)
    ratio, mean = moves[:, 0] - moves[:, 1], moves[:, 0] + moves[:, 1]
    assert correlation(ratio[:-1], ratio[1:]) < -0.05
    assert abs(correlation(mean[:-1], mean[1:])) < 0.03
    assert abs(correlation(moves[:-1, 2], moves[1:, 2])) < 0.03  # the odd one out has no edge


def test_no_strength_is_a_random_walk_and_too_short_a_calendar_has_no_edge():
    _, moves = moves_of("trend", strength=0.0)
    assert abs(correlation(moves[:-1, 0], moves[1:, 0])) < 0.02
    assert np.isfinite(planted_market(10, seed=1, edge="winter").rows["close"]).all()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"edge": "magic"}, "expected one of trend"),
        ({"strength": 1.0}, "less than 1"),
        ({"span": 0}, "at least 1 bar"),
        ({"edge": "relative", "symbols": 2}, "at least 3 for the edge relative"),
    ],
)
def test_impossible_edges_are_refused(given, told):
    with pytest.raises(ParameterError, match=told):
        planted_market(10, **{"symbols": 1, "seed": 1} | given)
