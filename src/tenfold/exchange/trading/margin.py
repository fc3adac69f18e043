"""Work out what an account is worth, and what it may still trade."""

from typing import Any, Final, NamedTuple

from tenfold.exchange.market.latest import Latest
from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.settings import TradingSettings
from tenfold.exchange.trading.account import Account
from tenfold.exchange.trading.position import value_of
from tenfold.exchange.wire import decimal_text, rfc3339

MARGIN_EQUITY_MIN: Final = 2_000 * NANO
"""Equity below which nothing is lent."""
DAY_TRADER_EQUITY_MIN: Final = 25_000 * NANO


class Margin(NamedTuple):
    """Hold the worth of an account; dollars in billionths.

    `free` is equity beyond what positions tie up while the market is open, `excess` beyond what open orders tie up as well; both may be
    negative.
    """

    equity: int
    long: int
    short: int
    initial: int
    maintenance: int
    multiplier: int
    free: int
    excess: int
    buying_power: int
    regt_buying_power: int
    non_marginable_buying_power: int


def margin_of(account: Account, latest: Latest, settings: TradingSettings) -> Margin:
    """Value an account at the last prices."""
    long = short = tied = lent = initial = maintenance = 0
    for symbol, position in account.positions.items():
        worth = value_of(position.qty, latest.mark(symbol) or abs(position.cost * NANO // position.qty))
        size, asset = abs(worth), position.asset
        if worth >= 0:
            long += worth
        else:
            short += worth
        if asset.marginable:
            lent += size
            initial += _part(size, settings.initial_margin_frac)
            maintenance += _part(
                size, max(settings.maintenance_margin_frac, asset.maintenance_margin_requirement / 100.0)
            )
        else:
            tied, initial, maintenance = tied + size, initial + size, maintenance + size
    equity = account.cash + long + short - account.fees
    other = account.reserved_whole + sum(dollars for _, dollars in account.freed_later)
    multiplier = _multiplier(equity, account, settings)
    free = equity - tied - lent // multiplier
    excess = equity - tied - other - (lent + account.reserved_lent) // multiplier
    regt = min(multiplier, 2)
    return Margin(
        equity=equity,
        long=long,
        short=short,
        initial=initial,
        maintenance=maintenance,
        multiplier=multiplier,
        free=free,
        excess=excess,
        buying_power=max(excess, 0) * multiplier,
        regt_buying_power=max(equity - tied - other - (lent + account.reserved_lent) // regt, 0) * regt,
        non_marginable_buying_power=max(excess, 0),
    )


def _multiplier(equity: int, account: Account, settings: TradingSettings) -> int:
    if equity < MARGIN_EQUITY_MIN:
        return 1
    most = min(settings.multiplier, int(account.configuration.max_margin_multiplier))
    return min(most, 2) if settings.day_trader_rule and equity < DAY_TRADER_EQUITY_MIN else most


def _part(dollars: int, share: float) -> int:
    return dollars * round(share * 1_000_000) // 1_000_000


def may_short(account: Account, margin: Margin, settings: TradingSettings) -> bool:
    """Say whether an account may sell what it does not have."""
    return settings.shorting and not account.configuration.no_shorting and margin.multiplier > 1


def account_view(account: Account, margin: Margin, settings: TradingSettings) -> dict[str, Any]:
    """Return an account as REST shows it."""
    status = "ACTIVE"
    buying_power = decimal_text(margin.buying_power)
    return {
        "id": account.id,
        "account_number": account.number,
        "status": status,
        "crypto_status": status,
        "currency": "USD",
        "cash": decimal_text(account.cash),
        "equity": decimal_text(margin.equity),
        "portfolio_value": decimal_text(margin.equity),
        "last_equity": decimal_text(account.last_equity),
        "long_market_value": decimal_text(margin.long),
        "short_market_value": decimal_text(margin.short),
        "position_market_value": decimal_text(margin.long - margin.short),
        "buying_power": buying_power,
        "regt_buying_power": decimal_text(margin.regt_buying_power),
        "non_marginable_buying_power": decimal_text(margin.non_marginable_buying_power),
        "options_buying_power": decimal_text(margin.non_marginable_buying_power),
        "initial_margin": decimal_text(margin.initial),
        "maintenance_margin": decimal_text(margin.maintenance),
        "last_maintenance_margin": decimal_text(account.last_maintenance),
        "multiplier": str(margin.multiplier),
        "sma": "0",
        "accrued_fees": decimal_text(account.fees),
        "pending_transfer_in": "0",
        "pending_transfer_out": "0",
        "options_approved_level": 0,
        "options_trading_level": account.configuration.max_options_trading_level,
        "shorting_enabled": may_short(account, margin, settings),
        "trading_blocked": False,
        "transfers_blocked": False,
        "account_blocked": False,
        "trade_suspended_by_user": account.configuration.suspend_trade,
        "created_at": rfc3339(account.created_ns),
    }
