"""Name every plug-in: a name leads to `module:object`, and nothing is imported before its use.

A package offers strategies of its own by an entry point of the group `tenfold.strategies`.
"""

import importlib
from collections.abc import Mapping
from functools import cached_property
from importlib.metadata import entry_points
from typing import Any, Final

from tenfold.domain.errors import UnknownNameError, did_you_mean


class Registry:
    """Hold the plug-ins of one kind.

    Attributes
    ----------
    kind : what is named, as an error says it, e.g. "strategy"
    table : the built-in names, each with its `module:object`
    group : entry-point group in which other packages name theirs; a built-in name cannot be replaced
    """

    def __init__(self, kind: str, table: Mapping[str, str], group: str) -> None:
        self.kind = kind
        self.table = dict(table)
        self.group = group

    @cached_property
    def places(self) -> dict[str, str]:
        """Every name with its `module:object`, those of other packages included."""
        return {entry.name: entry.value for entry in entry_points(group=self.group)} | self.table

    def names(self) -> list[str]:
        """Return every name, sorted."""
        return sorted(self.places)

    def place(self, name: str) -> str:
        """Return the `module:object` of a name, or refuse it in one line."""
        if name in self.table:
            return self.table[name]
        if name not in self.places:
            raise UnknownNameError(f"there is no {self.kind} {name}; {did_you_mean(name, self.names())}")
        return self.places[name]

    def load(self, name: str) -> Any:
        """Import and return what a name stands for.

        Raises
        ------
        UnknownNameError
            Nothing has this name, or its module or object is not there.
        """
        module, _, attribute = self.place(name).partition(":")
        try:
            found = importlib.import_module(module)
        except ImportError as error:
            raise UnknownNameError(f"{self.kind} {name} cannot be loaded: {error}") from None
        if not hasattr(found, attribute):
            raise UnknownNameError(f"{self.kind} {name} cannot be loaded: {module} has no {attribute}")
        return getattr(found, attribute)


STRATEGIES: Final = Registry(
    "strategy",
    {
        "accumulation": "tenfold.strategy.volume:accumulation",
        "balance": "tenfold.strategy.volume:balance",
        "band_reversal": "tenfold.strategy.mean_reversion:band_reversal",
        "band_rider": "tenfold.strategy.stops:band_rider",
        "breadth": "tenfold.strategy.cross_section:breadth",
        "calm": "tenfold.strategy.volatility:calm",
        "candle_reversal": "tenfold.strategy.patterns:candle_reversal",
        "channel": "tenfold.strategy.breakout:channel",
        "climax": "tenfold.strategy.volume:climax",
        "cloud": "tenfold.strategy.levels:cloud",
        "convergence": "tenfold.strategy.trend:convergence",
        "crossing": "tenfold.strategy.trend:crossing",
        "directional": "tenfold.strategy.trend:directional",
        "elastic": "tenfold.strategy.mean_reversion:elastic",
        "gap_fade": "tenfold.strategy.patterns:gap_fade",
        "low_volatility": "tenfold.strategy.cross_section:low_volatility",
        "narrow_range": "tenfold.strategy.patterns:narrow_range",
        "near_high": "tenfold.strategy.levels:near_high",
        "pairs": "tenfold.strategy.pairs:pairs",
        "parabolic": "tenfold.strategy.stops:parabolic",
        "pullback": "tenfold.strategy.mean_reversion:pullback",
        "quiet_money": "tenfold.strategy.volume:quiet_money",
        "range_bulge": "tenfold.strategy.volatility:range_bulge",
        "range_expansion": "tenfold.strategy.breakout:range_expansion",
        "regime": "tenfold.strategy.mean_reversion:regime",
        "regression_slope": "tenfold.strategy.trend:regression_slope",
        "relative_strength": "tenfold.strategy.cross_section:relative_strength",
        "residual_momentum": "tenfold.strategy.cross_section:residual_momentum",
        "same_month": "tenfold.strategy.calendar:same_month",
        "short_reversal": "tenfold.strategy.cross_section:short_reversal",
        "skip_month": "tenfold.strategy.momentum:skip_month",
        "squeeze": "tenfold.strategy.volatility:squeeze",
        "steady_climb": "tenfold.strategy.momentum:steady_climb",
        "swing_structure": "tenfold.strategy.levels:swing_structure",
        "triple_screen": "tenfold.strategy.time_frames:triple_screen",
        "turn_of_month": "tenfold.strategy.calendar:turn_of_month",
        "winter": "tenfold.strategy.calendar:winter",
    },
    group="tenfold.strategies",
)
"""Every strategy, by name."""
