"""`tenfold live` at an exchange that replays bars: no print comes with them, and they are traded on all the same."""

import numpy as np
from msgspec.structs import replace

from live_scenes import RULES, session
from loops import in_a_loop
from tenfold.app.exchange import open_exchange
from tenfold.app.live import trading
from tenfold.domain.units import NS_PER_MINUTE
from tenfold.risk.limits import limits_of

STAYS = '''
"""Be long for five minutes and short for five: an order fills at the open of the bar after the one in which it arrives."""


class Stays:
    name = "stays"

    def __init__(self):
        self.count = 0

    def on_bar(self, window):
        self.count += 1
        return 1.0 if self.count // 5 % 2 else -1.0
'''


def minutes(folder):
    """Write two sessions of minutes, and return their folder."""
    close = 170.0 + np.round(np.cumsum(np.random.default_rng(3).normal(0.0, 0.05, 780)), 2)
    first_ns = int(np.datetime64("2024-03-04T14:30:00", "ns").astype(np.int64))
    rows = ["timestamp,open,high,low,close,volume"]
    for number, price in enumerate(close):
        day, minute = divmod(number, 390)
        moment = np.datetime64(first_ns + (day * 24 * 60 + minute) * NS_PER_MINUTE, "ns")
        rows.append(f"{moment}Z,{price:.2f},{price + 0.1:.2f},{price - 0.1:.2f},{price + 0.05:.2f},50000")
    prices = folder / "prices"
    prices.mkdir()
    (prices / "AAPL.csv").write_text("\n".join(rows))
    return prices


def test_bars_without_prints_are_fit_to_be_traded_on(tmp_path):
    (tmp_path / "stays.py").write_text(STAYS)

    async def scene(bank):
        rules = replace(RULES, limits=limits_of("live"))  # those that hold where none are given
        async with session(bank, tmp_path, strategy=f"{tmp_path / 'stays.py'}:Stays", rules=rules) as one:
            await one.until(lambda: len(one.lines("filled")) >= 3)
            return one.said, await one.ended()

    with open_exchange(data=minutes(tmp_path), symbols=["AAPL"], speed="60x", start="2024-03-05T15:00") as bank:
        said, report = in_a_loop(scene(bank))
    assert not [line for line in said if "quality" in line or "no quotes" in line]
    assert report.fills >= 3
    assert report.differences == {}
    assert "stale" not in report.bindings


def test_it_is_told_that_bars_alone_fill_nothing_in_the_shadow(tmp_path, monkeypatch):
    (tmp_path / "stays.py").write_text(STAYS)
    monkeypatch.setattr(trading, "_approve", lambda *_: None)

    async def scene(bank):
        async with session(bank, tmp_path, strategy=f"{tmp_path / 'stays.py'}:Stays", stage="shadow") as one:
            await one.until(lambda: one.lines("no quotes of AAPL come, and in the shadow orders are filled by quotes"))
            return await one.ended()

    with open_exchange(data=minutes(tmp_path), symbols=["AAPL"], speed="60x", start="2024-03-05T15:00") as bank:
        report = in_a_loop(scene(bank))
    assert report.fills == 0
    assert len([line for line in report.alarms if "no quotes" in line]) == 1
