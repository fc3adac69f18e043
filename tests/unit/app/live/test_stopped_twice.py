"""Who cannot wait for a session to end is told how the account is left."""

import signal
from time import sleep

import pytest

from tenfold.app.facade import rules_of
from tenfold.app.live import venue_account
from tenfold.app.live.trading import Wanted, trade_live
from tenfold.app.settings import load_settings
from tenfold.app.stopping import ONCE_S


def test_a_second_stop_says_what_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(venue_account, "AT_ONCE_S", 0.1)
    monkeypatch.setenv("TENFOLD_ALPACA__TRADING_URL", "http://127.0.0.1:9")
    wanted = Wanted(
        strategy="crossing", symbols=["AAPL"], rules=rules_of("live", "alpaca"), journal=str(tmp_path / "j.db")
    )

    told = []

    def stop_twice(_):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)  # as `timeout` sends it
        told.append("goes on")
        sleep(1.5 * ONCE_S)
        signal.raise_signal(signal.SIGINT)
        told.append("and is left")

    async def show(_):
        """Show nothing."""

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a process begun in the background ignores it
    try:
        with pytest.raises(KeyboardInterrupt) as stopped:
            trade_live(wanted, load_settings(), say=stop_twice, show=show)
    finally:
        signal.signal(signal.SIGINT, before)
    assert told == ["goes on"]
    assert stopped.value.__notes__ == [
        "orders and positions stay as they are; the same command goes on with the run, and looks for what was on its way"
    ]
