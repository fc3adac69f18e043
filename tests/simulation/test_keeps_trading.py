"""Under the chaos of the exchange alone, orders end as the venue confirms, data are fit nearly always, and what is bad is told."""

from keeps_trading import SHARE_MIN, judged, shares


def test_it_keeps_trading_through_chaos():
    _, error, count = judged(3, 1_800.0)
    assert error is None
    settled, taken, fit = shares(count)
    assert count["intents"] > 20
    assert settled >= SHARE_MIN
    assert taken >= 0.98
    assert fit >= 0.99  # of half an hour the first seconds are a share; `keeps_trading.py` judges whole sessions
