"""Say what NautilusTrader trades."""

from decimal import Decimal

from nautilus_trader.model.currencies import BTC, USDT
from nautilus_trader.model.data import BarType
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import CurrencyPair
from nautilus_trader.model.objects import Price, Quantity

SYMBOL, VENUE = Symbol("BTCUSDT"), Venue("SIM")
BAR_TYPE = BarType.from_str("BTCUSDT.SIM-1-MINUTE-LAST-EXTERNAL")
PAIR = CurrencyPair(
    instrument_id=InstrumentId(SYMBOL, VENUE), raw_symbol=SYMBOL, base_currency=BTC, quote_currency=USDT,
    price_precision=4, price_increment=Price.from_str("0.0001"),
    size_precision=3, size_increment=Quantity.from_str("0.001"),
    margin_init=Decimal("0.05"), margin_maint=Decimal("0.05"),
    maker_fee=Decimal("0.0005"), taker_fee=Decimal("0.0005"), ts_event=0, ts_init=0,
)  # fmt: skip
