"""Tell pairs of currencies from stocks by their symbols."""

from typing import Final

_QUOTES: Final = ("USDT", "USDC", "USD", "EUR", "BTC")
_TICKER_LENGTH_MAX: Final = 5


def is_pair(symbol: str) -> bool:
    """Say whether a symbol names a coin and what it is paid with, such as BTC/USD or BTCUSDT: it trades around the clock."""
    return "/" in symbol or (len(symbol) > _TICKER_LENGTH_MAX and symbol.endswith(_QUOTES))
