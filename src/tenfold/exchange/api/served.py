"""Name what of the exchange the endpoints speak to."""

from typing import Protocol

from tenfold.exchange.api.assets import Assets
from tenfold.exchange.settings import ExchangeSettings
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
    def assets(self) -> Assets:
        """What is traded."""
