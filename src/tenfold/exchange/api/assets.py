"""Describe what is traded as Alpaca's asset catalogue does, and find it by any of its names."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

import msgspec

from tenfold.exchange.pairs import is_pair
from tenfold.exchange.wire import is_uuid, named_uuid

AssetClass = Literal["us_equity", "crypto"]

_NAMES: Final = {
    "AAPL": "Apple Inc. Common Stock",
    "AMZN": "Amazon.com, Inc. Common Stock",
    "GOOGL": "Alphabet Inc. Class A Common Stock",
    "META": "Meta Platforms, Inc. Class A Common Stock",
    "MSFT": "Microsoft Corporation Common Stock",
    "NVDA": "NVIDIA Corporation Common Stock",
    "QQQ": "Invesco QQQ Trust, Series 1",
    "SPY": "SPDR S&P 500 ETF Trust",
    "TSLA": "Tesla, Inc. Common Stock",
}
_LISTED: Final = {"SPY": "ARCA", "IWM": "ARCA", "DIA": "ARCA", "GLD": "ARCA", "IBM": "NYSE", "GE": "NYSE", "F": "NYSE"}


class Asset(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold what may be done with a symbol.

    Sizes and increments in shares or coins, `price_increment` in dollars, all as decimal strings; None where Alpaca has none (stocks).
    Margin requirements in percent.
    """

    id: str
    symbol: str
    asset_class: AssetClass = "us_equity"
    exchange: str = "NASDAQ"
    name: str = ""
    status: Literal["active", "inactive"] = "active"
    tradable: bool = True
    marginable: bool = True
    shortable: bool = True
    easy_to_borrow: bool = True
    fractionable: bool = True
    maintenance_margin_requirement: int = 30
    margin_requirement_long: str = "30"
    margin_requirement_short: str = "30"
    min_order_size: str | None = None
    min_trade_increment: str | None = None
    price_increment: str | None = None
    attributes: tuple[str, ...] = ()

    @property
    def is_crypto(self) -> bool:
        """Whether it trades around the clock."""
        return self.asset_class == "crypto"

    @property
    def borrow_status(self) -> str | None:
        """The word that Alpaca has in place of `easy_to_borrow` since 2026; nobody borrows coins."""
        if self.is_crypto:
            return None
        return "easy_to_borrow" if self.easy_to_borrow else "hard_to_borrow"

    def wire(self) -> dict[str, Any]:
        """Return it as REST shows it."""
        shown: dict[str, Any] = {
            "id": self.id,
            "class": self.asset_class,
            "exchange": self.exchange,
            "symbol": self.symbol,
            "name": self.name,
            "status": self.status,
            "tradable": self.tradable,
            "marginable": self.marginable,
            "shortable": self.shortable,
            "easy_to_borrow": self.easy_to_borrow,
            "borrow_status": self.borrow_status,
            "fractionable": self.fractionable,
            "maintenance_margin_requirement": self.maintenance_margin_requirement,
            "margin_requirement_long": self.margin_requirement_long,
            "margin_requirement_short": self.margin_requirement_short,
            "attributes": list(self.attributes),
        }
        for key in ("min_order_size", "min_trade_increment", "price_increment"):
            if (value := getattr(self, key)) is not None:
                shown[key] = value
        return shown


class Assets(Mapping[str, Asset]):
    """Hold the assets by symbol, in their order, and find them by id and by the other forms of a symbol too."""

    def __init__(self, assets: Iterable[Asset]) -> None:
        self._by_symbol = {asset.symbol: asset for asset in assets}
        self._by_id = {asset.id: asset for asset in self._by_symbol.values()}
        self._by_pair = {asset.symbol.replace("/", ""): asset for asset in self._by_symbol.values() if asset.is_crypto}

    def __getitem__(self, symbol: str) -> Asset:
        return self._by_symbol[symbol]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_symbol)

    def __len__(self) -> int:
        return len(self._by_symbol)

    def find(self, name: str) -> Asset | None:
        """Return the asset that a text means: `SYM`, `SYM:EXCH`, `SYM:EXCH:class`, a pair with or without its slash, or an asset id."""
        if is_uuid(name):
            return self._by_id.get(name.lower())
        symbol, *rest = name.split(":")
        asset = self._by_symbol.get(symbol) or self._by_symbol.get(symbol.upper())
        asset = asset or self._by_pair.get(symbol.upper().replace("/", ""))
        if asset is None or len(rest) > 2 or any(part not in {asset.exchange, asset.asset_class} for part in rest):
            return None
        return asset


def assets_of(symbols: Iterable[str]) -> Assets:
    """Return the catalogue of some symbols: pairs such as BTC/USD or BTCUSDT are coins, everything else is a stock."""
    return Assets(coin_of(symbol) if is_pair(symbol) else stock_of(symbol) for symbol in symbols)


def stock_of(symbol: str) -> Asset:
    """Return a stock that may be traded in every way."""
    return Asset(
        id=named_uuid(f"asset {symbol}"),
        symbol=symbol,
        exchange=_LISTED.get(symbol, "NASDAQ"),
        name=_NAMES.get(symbol, f"{symbol} Common Stock"),
    )


def coin_of(symbol: str) -> Asset:
    """Return a coin: neither margin nor short sales, and fractions of a billionth."""
    return Asset(
        id=named_uuid(f"asset {symbol}"),
        symbol=symbol,
        asset_class="crypto",
        exchange="CRYPTO",
        name=symbol,
        marginable=False,
        shortable=False,
        easy_to_borrow=False,
        maintenance_margin_requirement=100,
        margin_requirement_long="100",
        margin_requirement_short="0",
        min_order_size="0.000000001",
        min_trade_increment="0.000000001",
        price_increment="0.000000001",
    )
