"""A backtest over imported coins trades fractions of them."""

import json

import numpy as np
import pytest

from tenfold import Account, Rules, backtest, load_bars
from tenfold.app.cli.program import main


@pytest.fixture
def tenfold(capsys, tmp_path, monkeypatch):
    """Run a command in a folder of its own; return its exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def run(*words):
        code = main(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def write_coins(path, price=42_000.0):
    """Write 600 hours of a price that swings by a fifth."""
    moments = np.datetime64("2024-01-01T00:00") + np.arange(600) * np.timedelta64(1, "h")
    closes = price * (1.0 + 0.1 * np.sin(np.arange(600) / 20.0))
    rows = [
        f"{at},{close:.2f},{close * 1.001:.2f},{close * 0.999:.2f},{close:.2f},50"
        for at, close in zip(moments, closes, strict=True)
    ]
    path.write_text("\n".join(["time,open,high,low,close,volume", *rows]) + "\n")


def traded(symbol, cash):
    """Return the quantities that were bought and sold, in coins."""
    bars = load_bars(symbol)
    run = backtest("crossing", bars, params={"fast": 5, "slow": 20}, rules=Rules(account=Account(cash=cash))).run
    return run.fills["lots"] * bars.instruments[0].lot_size


def test_coins_are_traded_in_the_lots_that_were_stated(tenfold, tmp_path):
    write_coins(tmp_path / "btc.csv")
    code, out, _ = tenfold("data", "import", "btc.csv", "--symbol", "COIN", "--lot-size", "0.0001", "--tick-size", "0.01",
                           "--currency", "USDT")  # fmt: skip
    assert (code, "traded in: lots of 0.0001, ticks of 0.01, USDT" in out) == (0, True)
    coins = traded("COIN", 1000.0)
    assert len(coins) > 5
    assert (np.abs(coins - np.round(coins)) > 1e-6).any()
    np.testing.assert_allclose(coins / 0.0001, np.round(coins / 0.0001), atol=1e-6)
    options = ("backtest", "crossing", "COIN", "-p", "fast=5", "-p", "slow=20", "--no-save", "--json",
               "--set", "rules.account.cash=1000")  # fmt: skip
    found = json.loads(tenfold(*options)[1])
    assert (found["currency"], found["trades"] > 3) == ("USDT", True)
    event = json.loads(tenfold(*options, "--engine", "event")[1])
    assert event["final_equity"] == found["final_equity"]
    assert tenfold("data", "set", "COIN", "--lot-size", "1")[0] == 0
    whole = json.loads(tenfold(*options)[1])
    assert whole["trades"] == 0  # a coin costs 42 accounts


def test_a_dear_lot_is_told_where_nothing_is_stated(tenfold, tmp_path):
    write_coins(tmp_path / "btc.csv")
    assert "note: one lot of COIN costs up to 46," in tenfold("data", "import", "btc.csv", "--symbol", "COIN")[1]
    assert "assumed: lots of 0.00001 and prices in USDT for the pair BTC/USDT" in tenfold(
        "data", "import", "btc.csv", "--symbol", "BTC/USDT")[1]  # fmt: skip
    listed = {one["symbol"]: one for one in json.loads(tenfold("data", "list", "--json")[1])["sets"]}
    assert (listed["COIN"]["lot_size"], listed["BTC/USDT"]["lot_size"]) == (1.0, 1e-5)


@pytest.mark.parametrize("size", ["0", "-1", "nan", "inf", "1e-12", "1e15"])
def test_an_impossible_lot_is_one_line_and_imports_nothing(tenfold, tmp_path, size):
    write_coins(tmp_path / "btc.csv")
    code, out, err = tenfold("data", "import", "btc.csv", f"--lot-size={size}")
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert err.startswith("error: lot_size of btc is ")
    assert "the catalogue is empty" in tenfold("data", "list")[1]


def test_coins_of_the_reference_data_are_traded_in_fractions(tenfold, reference_data):
    code, out, _ = tenfold("data", "import", str(reference_data / "crypto_5m.parquet"), "--lot-size", "0.001", "--json")
    assert code == 0
    assert {one["currency"] for one in json.loads(out)["instruments"]} == {"BTC"}
    for symbol in json.loads(out)["symbols"]:
        coins = traded(symbol, 10.0)
        assert len(coins) > 50
        assert (np.abs(coins - np.round(coins)) > 1e-6).any()
