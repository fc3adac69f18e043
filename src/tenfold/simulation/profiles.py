"""Name the profiles of venues: what each platform does where platforms differ, as settings.

How it works. A profile holds whole sections of the rules; whatever it leaves out is as in `generic`. `SOURCES` says of each
setting that differs from `generic` where the convention is documented or how it was measured. backtesting.py and vectorbt are
measured: `benchmarks/equality` runs them beside Tenfold, trade for trade. LEAN and Alpaca follow what they document.
"""

from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from tenfold.domain.errors import SettingsError, did_you_mean
from tenfold.domain.rules import Account, Costs, Matching, Rules

GENERIC: Final = Rules()

ALPACA: Final = Rules(
    account=Account(leverage_max=2.0),
    matching=Matching(quote_side=True, entry_bar="next", regular_hours=True, crosses_zero=False),
)

LEAN: Final = Rules(
    account=Account(leverage_max=2.0, cash_buffer_frac=0.0025),
    costs=Costs(fee_per_share=0.005, fee_minimum=1.0),
    matching=Matching(
        quote_side=True, limit="through", gap="worse", entry_bar="next", regular_hours=True, stale_waits=True
    ),
)

BACKTESTING: Final = Rules(
    matching=Matching(entry_bar="market"),
)

VECTORBT: Final = Rules(
    matching=Matching(entry_bar="next"),
)

PROFILES: Final = {
    "generic": GENERIC,
    "alpaca": ALPACA,
    "lean": LEAN,
    "backtesting.py": BACKTESTING,
    "vectorbt": VECTORBT,
}
"""`generic` is the conventions of `docs/explanation/execution-model.md`."""


class Source(NamedTuple):
    """Say why a profile sets what it sets: `how` is "documented" by the platform, or "measured" beside it."""

    setting: str
    how: str
    text: str


_TOLD: Final = "documented"
_MEASURED: Final = "measured"
_EQUITY_MODEL: Final = "LEAN documentation, Reality Modeling, Trade Fills, Equity Model"
_ORDERS_PAGE: Final = "Alpaca documentation, Orders at Alpaca"

SOURCES: Final[dict[str, tuple[Source, ...]]] = {
    "generic": (),
    "alpaca": (
        Source("account.leverage_max", _TOLD, "Alpaca documentation, Margin and Short Selling: twice the equity overnight"),
        Source("matching.quote_side", _TOLD, "Alpaca documentation, Paper Trading: fills against the national best quote"),
        Source("matching.entry_bar", _TOLD, f"{_ORDERS_PAGE}: the legs of a bracket are sent once its entry has filled"),
        Source("matching.regular_hours", _TOLD, f"{_ORDERS_PAGE}: an order sent outside the session waits for the next one"),
        Source("matching.crosses_zero", _TOLD, f"{_ORDERS_PAGE}: a position is closed before the other side is opened"),
    ),
    "lean": (
        Source("account.leverage_max", _TOLD, "LEAN documentation, Reality Modeling, Buying Power: 2 for equity"),
        Source("account.cash_buffer_frac", _TOLD, "LEAN documentation, Position Sizing: `FreePortfolioValuePercentage` of 0.25 %"),
        Source("costs.fee_per_share", _TOLD, "LEAN documentation, Transaction Fees: Interactive Brokers' tariff is the default"),
        Source("costs.fee_minimum", _TOLD, "as above: one dollar an order; its ceiling of 0.5 % has no setting here"),
        Source("matching.quote_side", _TOLD, f"{_EQUITY_MODEL}: market orders take the ask or bid where there are quotes"),
        Source("matching.limit", _TOLD, f"{_EQUITY_MODEL}, and `EquityFillModel.LimitFill`: a buy fills where the bar's low is *below* its limit"),
        Source("matching.gap", _TOLD, "`EquityFillModel.LimitFill`: no better than the limit, whatever the open"),
        Source("matching.entry_bar", _TOLD, "LEAN documentation, Order Events: an exit is sent once its entry has filled"),
        Source("matching.regular_hours", _TOLD, "LEAN documentation, Market Orders: outside the session they become market-on-open"),
        Source("matching.stale_waits", _TOLD, "LEAN documentation, Trade Fills, Stale Fills: prices older than an hour are stale"),
    ),
    "backtesting.py": (
        Source("matching.entry_bar", _MEASURED, "its `Broker` checks exits again in the bar of a market order, not of a limit or stop"),
    ),
    "vectorbt": (
        Source("matching.entry_bar", _MEASURED, "`from_signals` sets stops after the order of a bar, and looks at them in the next"),
    ),
}  # fmt: skip
"""By profile, one line a setting that differs from `generic`; a test holds that none is missing."""


def profile_of(name: str, **sections: Any) -> Rules:
    """Return the rules of a venue, or refuse the name in one line.

    `sections` are whole sections that take the place of the profile's, e.g. ``costs=Costs(fee_frac=0.001)``.
    """
    if name not in PROFILES:
        raise SettingsError(f"there is no venue {name}; {did_you_mean(name, list(PROFILES))}")
    unknown = [section for section in sections if section not in Rules.__struct_fields__]
    if unknown:
        raise SettingsError(f"there is no section {unknown[0]}; {did_you_mean(unknown[0], Rules.__struct_fields__)}")
    return replace(PROFILES[name], **sections)


def differences(name: str) -> dict[str, Any]:
    """Return what a profile sets otherwise than `generic`: value by dotted setting, e.g. "matching.limit"."""
    rules = profile_of(name)
    return {
        f"{section}.{field}": getattr(getattr(rules, section), field)
        for section in Rules.__struct_fields__
        for field in getattr(rules, section).__struct_fields__
        if getattr(getattr(rules, section), field) != getattr(getattr(GENERIC, section), field)
    }
