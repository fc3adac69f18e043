"""Name what of the exchange the endpoints speak to."""

from typing import Protocol

from tenfold.exchange.api.assets import Assets
from tenfold.exchange.api.watchlists import Watchlists
from tenfold.exchange.faults import Faults
from tenfold.exchange.market.history import History
from tenfold.exchange.market.latest import Latest
from tenfold.exchange.sessions import Sessions
from tenfold.exchange.settings import ExchangeSettings
from tenfold.exchange.trading.trading import Trading
from tenfold.exchange.wire import Ids


class Served(Protocol):
    """Hold the parts of an exchange; `exchange.core.Exchange` is one."""

    @property
    def settings(self) -> ExchangeSettings:
        """What it was started with."""

    @property
    def ids(self) -> Ids:
        """What gives out ids."""

    @property
    def faults(self) -> Faults:
        """What misbehaves."""

    @property
    def sessions(self) -> Sessions:
        """When the market is open."""

    @property
    def watchlists(self) -> Watchlists:
        """What the accounts watch."""

    @property
    def assets(self) -> Assets:
        """What is traded."""

    @property
    def latest(self) -> Latest:
        """What was seen last of each symbol."""

    @property
    def history(self) -> History:
        """What was seen before."""

    @property
    def trading(self) -> Trading:
        """What keeps accounts and orders."""
