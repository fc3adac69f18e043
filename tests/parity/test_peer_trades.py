"""Trade what backtesting.py and vectorbt traded, and find every round trip and the final equity equal.

`peer_trades.json` holds what they did, written by `python benchmarks/equality/run.py --record`, which runs them beside us.
"""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tenfold.app.facade import backtest
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.instrument import Instrument
from tenfold.domain.rules import Account, Costs, Entry, Exits, Sizing
from tenfold.simulation.profiles import profile_of

FACTS = json.loads((Path(__file__).parent / "peer_trades.json").read_text())
TWINS = [one for one in FACTS["scenes"] if one["source"] == "twin"]
REAL = [one for one in FACTS["scenes"] if one["source"] == "real"]
PEERS = ("backtesting.py", "vectorbt")


def named(one):
    return f"{one['peer']}: {one['scene']}"


def bars_of(symbol, prices, period_s, currency):
    step = period_s * 1_000_000_000
    stamps = 1_104_537_600_000_000_000 + step * np.arange(1, len(prices[0]) + 1)
    terms = Instrument(symbol=symbol, currency=currency, tick_size=1e-12)
    return bars_from_arrays([symbol], stamps, *map(np.array, prices), period_ns=step, instruments=[terms])


def run_of(one, bars, engine):
    terms = {"order": "market", **one["terms"]}
    sized = {"method": "fraction", "fraction": terms["fraction"]} if "fraction" in terms else {"method": "quantity"}
    rules = profile_of(
        one["peer"],
        account=Account(cash=1_000_000.0),
        costs=Costs(fee_frac=terms.get("fee", 0.0), slippage_bps=terms.get("slippage", 0.0) * 10_000.0),
        sizing=Sizing(quantity=float(terms["quantity"]), **sized),
        entry=Entry(order=terms["order"], offset_frac=terms.get("offset", 0.0)),
        exits=Exits(stop_frac=terms.get("stop"), target_frac=terms.get("target"), trail_frac=terms.get("trail")),
    )
    scores = np.zeros((len(bars), 1))
    for bar, direction in one["changes"]:
        scores[bar:] = direction
    return backtest(scores=scores, bars=bars, rules=rules, engine=engine).run


def check(one, run):
    trips = run.trades[np.argsort(run.trades["entry_bar"], kind="stable")]
    theirs = np.array(one["trades"])
    shut = trips["open"] == 0
    assert trips["entry_bar"].tolist() == theirs[:, 0].tolist()
    assert np.where(shut, trips["exit_bar"], -1).tolist() == theirs[:, 1].tolist()
    assert trips["entry_price"].tolist() == pytest.approx(theirs[:, 2].tolist(), rel=1e-10)
    assert np.where(shut, trips["exit_price"], 0.0).tolist() == pytest.approx(theirs[:, 3].tolist(), rel=1e-10)
    assert (trips["lots"] * trips["side"]).tolist() == theirs[:, 4].tolist()
    assert run.equity[-1] == pytest.approx(one["final"], rel=1e-7)


@pytest.mark.parametrize("one", TWINS, ids=named)
def test_twins_trade_alike(one):
    twin = FACTS["twins"][one["symbol"]]
    bars = bars_of(one["symbol"], twin["prices"], twin["period_s"], twin["currency"])
    for engine in ("compiled", "event"):
        check(one, run_of(one, bars, engine))


@pytest.mark.parametrize("one", REAL, ids=named)
def test_real_bars_trade_alike(one, reference_data):
    frame = pl.read_parquet(reference_data / "equity_daily_goog_2004_2013.parquet").sort("ts")
    prices = [frame[name].to_numpy() for name in ("open", "high", "low", "close")]
    check(one, run_of(one, bars_of(one["symbol"], prices, 86_400, "USD"), "compiled"))


@pytest.mark.parametrize("peer", PEERS)
def test_at_least_twelve_strategies_are_held(peer):
    assert len({one["scene"] for one in TWINS if one["peer"] == peer}) >= 12
    assert {one["symbol"] for one in REAL} == {"GOOG"}
