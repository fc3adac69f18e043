"""Ticks of the catalogue for backtests: what fills a book, what is refused, and a whole run from the command line."""

import json

import numpy as np
import polars as pl
import pytest

from tenfold import Costs, Rules, backtest, sweep
from tenfold.app.cli.program import main
from tenfold.app.importing import import_file
from tenfold.app.tick_data import load_ticks
from tenfold.app.tick_market import BOOK
from tenfold.app.wiring import trial_log
from tenfold.backtesting.trials import trial_data
from tenfold.domain.errors import DataError, ParameterError, SettingsError, UnknownNameError
from tenfold.domain.market import BarSet, Quote, Trade

SECONDS = 900


def write(tmp_path, name, header, rows):
    path = tmp_path / name
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.fixture
def times():
    return [str(np.datetime64("2021-03-01T14:30:00") + second) for second in range(SECONDS)]


@pytest.fixture
def prices():
    return (100 + np.cumsum(np.random.default_rng(4).normal(0, 0.03, SECONDS))).round(2)


def put_quotes(tmp_path, times, prices, symbol="Q", size=50):
    rows = [f"{ts},{p - 0.02:.2f},{p + 0.02:.2f},{size},{size}" for ts, p in zip(times, prices, strict=True)]
    import_file(write(tmp_path, f"{symbol}.csv", "time,bid,ask,bid_size,ask_size", rows), symbol=symbol)


def put_trades(tmp_path, times, prices, symbol="T"):
    rows = [f"{ts},{p},{20 + k % 7}" for k, (ts, p) in enumerate(zip(times, prices, strict=True))]
    import_file(write(tmp_path, f"{symbol}.csv", "time,price,size", rows), symbol=symbol)


def put_depth(tmp_path, times, prices, lose=None, snapshot=True, symbol="D"):
    rows = [f"{times[0]},{'S' if snapshot else 'D'},{side},{prices[0] - side * 0.02 * (k + 1):.2f},30,10,10"
            for side in (1, -1) for k in range(5)]  # fmt: skip
    before = prices[0]
    for k, (ts, price) in enumerate(zip(times[1:], prices[1:], strict=True)):
        if k == lose:
            continue
        levels = {(s, round(before - s * 0.02 * (j + 1), 2)): 0 for s in (1, -1) for j in range(5)}
        levels |= {(s, round(price - s * 0.02 * (j + 1), 2)): 25 + j for s in (1, -1) for j in range(5)}
        rows += [f"{ts},D,{side},{at:.2f},{qty},{11 + k},{11 + k}" for (side, at), qty in levels.items()]
        before = price
    import_file(write(tmp_path, f"{symbol}.csv", "time,event,side,price,qty,first_id,last_id", rows), symbol=symbol)


def test_the_best_that_there_is_fills_the_book(tmp_path, times, prices):
    put_trades(tmp_path, times, prices)
    market = load_ticks("T", period="10s")
    assert market.kinds == {"T": "trades"}
    assert len(market.bars) == SECONDS // 10
    first, second = (list(market.ticks["T"]()) for _ in range(2))
    assert first == second  # it can be played again
    assert [type(one) for one in first[:2]] == [Trade, Quote]
    assert (first[1].bid, first[1].ask) == pytest.approx((prices[0] - 0.01, prices[0] + 0.01))
    put_quotes(tmp_path, times, prices, "T")
    assert load_ticks("T").kinds == {"T": "quotes"}
    put_depth(tmp_path, times, prices, symbol="T")
    market = load_ticks("T", start="2021-03-01T14:35:00")
    assert "T depth" in repr(market)
    told = list(market.ticks["T"]())
    assert told[0].snapshot
    assert not any(isinstance(one, Quote) for one in told)
    assert sum(isinstance(one, Trade) for one in told) == 660  # those of the bar that closed at the start too


@pytest.mark.parametrize("put", [put_trades, put_quotes, put_depth])
def test_a_backtest_over_each_kind(tmp_path, times, prices, put):
    put(tmp_path, times, prices, symbol="X")
    market = load_ticks("X", period="10s")
    result = backtest("crossing", market, params={"fast": 5, "slow": 20}, rules=Rules(costs=Costs(fee_frac=0.001)))
    run = result.run
    assert run.engine == "event"
    assert "orders work in the book" in run.notes["event_path"][0]
    assert run.notes[BOOK] == market.kinds
    assert len(run.fills) >= 3
    assert (run.lots[-1] == run.fills["lots"].sum()).all()
    paid = sum(int(f["lots"]) * round(float(f["price"]) * 1e6) + int(f["fee_units"]) for f in run.fills)
    assert abs(int(run.cash_units[-1]) - (100_000_000_000 - paid)) <= np.abs(run.fills["lots"]).sum()
    for fill in run.fills:
        quote = prices[(int(fill["ts_ns"]) - int(market.bars.rows["open_ns"][0, 0])) // 10**9 - 10 :][:11]
        half = 0.01 if put is put_trades else 0.02
        if fill["lots"] > 0:  # a taker never pays less than what was offered in the bar
            assert fill["price"] >= quote.min() + half - 1e-9
        else:
            assert fill["price"] <= quote.max() - half + 1e-9
    assert backtest("crossing", market, params={"fast": 5, "slow": 20}, rules=run.rules) == result
    assert trial_log().count(trial_data(market.bars)) == 1
    backtest("crossing", market.bars, params={"fast": 5, "slow": 20}, rules=run.rules)
    assert trial_log().count(trial_data(market.bars)) == 2  # bars fill otherwise, so it is another trial


def test_a_strategy_with_its_own_orders_rests_in_the_queue(tmp_path, times, prices):
    put_quotes(tmp_path, times, prices)
    put_trades(tmp_path, times, (prices - 0.02).round(2), "Q")

    class Bidder:
        name = "bidder"

        def on_event(self, event, view):
            if not isinstance(event, BarSet) or view.position("Q"):
                return []
            stale = [view.cancel(one.order.order_id) for one in view.orders("Q")]
            return [*stale, view.submit("Q", "buy", 10, "limit", limit_price=round(view.close("Q") - 0.02, 2))]

    result = backtest(Bidder(), load_ticks("Q", period="30s"))
    assert result.run.notes["event_path"][0] == "bidder works its own orders"
    assert len(result.run.fills) > 0


def test_what_fills_no_book_is_refused(tmp_path, times, prices):
    with pytest.raises(UnknownNameError, match="Q has no ticks, and the catalogue has none of any symbol"):
        load_ticks("Q")
    rows = [f"{ts},{p - 0.02:.2f},{p + 0.02:.2f}" for ts, p in zip(times, prices, strict=True)]
    import_file(write(tmp_path, "N.csv", "time,bid,ask", rows), symbol="N")
    with pytest.raises(DataError, match="the quotes of N have no sizes, and a book fills by what is offered"):
        load_ticks("N")
    put_depth(tmp_path, times, prices, lose=300)
    with pytest.raises(DataError, match="the depth of D breaks at 2021-03-01 14:35:02: changes before update 312"):
        load_ticks("D")
    assert len(load_ticks("D", end="2021-03-01T14:35:02").bars) == 5
    put_depth(tmp_path, times, prices, snapshot=False, symbol="C")
    with pytest.raises(DataError, match="the depth of C has no snapshot"):
        load_ticks("C")
    with pytest.raises(UnknownNameError, match="M has no quotes, trades or depth in the catalogue"):
        load_ticks("M")
    with pytest.raises(ParameterError, match="no symbol is given"):
        load_ticks("")


def test_what_does_not_fit_ticks_is_refused(tmp_path, times, prices):
    put_quotes(tmp_path, times, prices)
    market = load_ticks("Q", period="10s")
    with pytest.raises(SettingsError, match="compiled path does not apply: orders work in the book"):
        backtest("crossing", market, engine="compiled")
    with pytest.raises(SettingsError, match="a book fills at what is displayed"):
        backtest("crossing", market, rules=Rules(costs=Costs(slippage_bps=1.0)))
    with pytest.raises(DataError, match=r"ticks are traded by backtest\(...\) alone"):
        sweep("crossing", market)


def test_the_command(tmp_path, times, prices, capsys):
    put_quotes(tmp_path, times, prices)
    capsys.readouterr()
    words = ["backtest", "crossing", "Q", "--ticks", "--period", "10s", "-p", "fast=5", "-p", "slow=20"]
    report = tmp_path / "report.html"
    assert main([*words, "--json", "--report", str(report)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["bars"], told["engine"]) == (90, "event")
    assert "Each member alone" not in report.read_text()
    assert main([*words[:1], "crossing,calm", *words[2:6], "--report", str(report)]) == 0
    assert "Each member alone" not in report.read_text()  # it would need the ticks again
    capsys.readouterr()
    for more, said in (
        (["--sample", "us-indices"], "has daily bars, no ticks"),
        (["--adjust", "total"], "ticks are prices as they were traded"),
        (["--period", "7s"], "do not divide a day"),
    ):
        assert main([*words, *more]) != 0
        assert said in capsys.readouterr().err
    assert main(["backtest", "crossing", "--ticks"]) != 0
    assert "--ticks needs symbols" in capsys.readouterr().err
    assert main(["backtest", "crossing", "Q"]) != 0
    assert "or let orders work in their book: --ticks" in capsys.readouterr().err


def test_a_day_of_recorded_ticks(reference_data):
    for name in ("equity_tick_quotes", "equity_tick_trades"):
        import_file(reference_data / f"{name}.parquet")
    market = load_ticks("IBM", calendar="XNYS", start="2013-10-07", end="2013-10-07")
    result = backtest("crossing", market, params={"fast": 5, "slow": 20}, venue="alpaca")
    run = result.run
    assert len(run.fills) > 4
    assert (run.lots[-1] == run.fills["lots"].sum()).all()
    table = pl.read_parquet(reference_data / "equity_tick_trades.parquet").filter(pl.col("suspicious") == 0)
    low, high = table["price"].min(), table["price"].max()
    assert ((run.fills["price"] >= low - 0.05) & (run.fills["price"] <= high + 0.05)).all()
