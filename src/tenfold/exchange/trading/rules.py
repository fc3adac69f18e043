"""Refuse an order that the asset, the hour or the account does not allow."""

from typing import Final

from tenfold.domain.units import NS_PER_MINUTE
from tenfold.exchange.api.assets import Asset
from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.price_steps import collared, step_of
from tenfold.exchange.refusal import Refusal, bad_parameter, forbidden, unprocessable
from tenfold.exchange.trading.account import Account
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.margin import DAY_TRADER_EQUITY_MIN, may_short
from tenfold.exchange.trading.position import value_of
from tenfold.exchange.trading.request import COMPLEX, Intent, OrderRequest
from tenfold.exchange.wire import decimal_text, nano, nano_of

PDT_CODE: Final = 40310100
DAY_TRADES_MAX: Final = 3
DAY_TRADE_SESSIONS: Final = 5
EVENING_MINUTE: Final = 19 * 60
OPG_LEAD_NS: Final = 2 * NS_PER_MINUTE
CLS_LEAD_NS: Final = 10 * NS_PER_MINUTE
COST_MIN: Final = NANO

_CRYPTO_KINDS: Final = frozenset({"market", "limit", "stop_limit"})
_CRYPTO_TIMES: Final = frozenset({"gtc", "ioc"})
_CENT: Final = NANO // 100
_SUB_PENNY: Final = "sub-penny increment does not fulfill minimum pricing criteria"


def check_asset(asset: Asset, asked: OrderRequest, account: Account) -> None:
    """Refuse what the asset does not allow."""
    if not asset.tradable or asset.status != "active":
        raise unprocessable(f"asset {asset.symbol} is not tradable")
    if asset.is_crypto:
        _check_crypto(asset, asked)
        return
    for name, price in prices_of(asked):
        check_increment(asset, name, price)
    if asked.notional is None and (asked.qty or 0) % NANO == 0:
        return
    if not account.configuration.fractional_trading:
        raise forbidden("account is not allowed to trade fractional shares")
    if not asset.fractionable:
        raise forbidden(f"asset {asset.symbol} is not fractionable")
    if asked.tif != "day":
        raise unprocessable("fractional orders must be DAY orders")
    if asked.kind == "trailing_stop" or asked.order_class in COMPLEX:
        raise unprocessable("fractional orders must be simple orders")
    if asked.notional is not None and asked.notional < COST_MIN:
        raise forbidden("cost basis must be >= minimal amount of order 1")


def _check_crypto(asset: Asset, asked: OrderRequest) -> None:
    if asked.kind not in _CRYPTO_KINDS:
        raise bad_parameter("invalid order type for crypto order")
    if asked.tif not in _CRYPTO_TIMES:
        raise bad_parameter("invalid crypto time_in_force")
    if asked.order_class in COMPLEX:
        raise unprocessable("crypto orders must be simple orders")
    if asked.extended_hours:
        raise unprocessable("extended hours is not allowed for crypto orders")
    for name, price in prices_of(asked):
        check_increment(asset, name, price)
    if asked.qty is not None and asset.min_order_size is not None and asked.qty < nano(asset.min_order_size):
        raise forbidden(f"minimal qty of order {asset.min_order_size}")
    if asked.qty is not None and asset.min_trade_increment is not None and asked.qty % nano(asset.min_trade_increment):
        raise unprocessable(f"qty must be a multiple of {asset.min_trade_increment}")


def prices_of(asked: OrderRequest) -> list[tuple[str, int]]:
    """Return the prices that an order names."""
    loss = asked.stop_loss
    named = (
        ("limit_price", asked.limit),
        ("stop_price", asked.stop),
        ("trail_price", asked.trail_price),
        ("take_profit.limit_price", asked.take_profit),
        ("stop_loss.stop_price", loss and loss.stop),
        ("stop_loss.limit_price", loss and loss.limit),
    )
    return [(name, price) for name, price in named if price is not None]


def check_increment(asset: Asset, name: str, price: int) -> None:
    """Refuse a price between the steps: a cent, a hundredth of one below a dollar; of a coin its own."""
    if asset.is_crypto:
        step = nano(asset.price_increment) if asset.price_increment is not None else 1
    else:
        step = step_of(price)
    if price % step:
        raise unprocessable(f"invalid {name} {decimal_text(price)}. {_SUB_PENNY}")


def check_time(b: Brokerage, asset: Asset, asked: OrderRequest, ts_ns: int) -> None:
    """Refuse extended hours for what cannot trade in them, and orders that come too late for an auction."""
    if asset.is_crypto:
        return
    if asked.extended_hours and (asked.kind != "limit" or asked.tif != "day"):
        raise unprocessable("extended hours order must be DAY limit orders")
    if asked.kind == "trailing_stop" and asked.tif not in {"day", "gtc"}:
        raise unprocessable("trailing stop orders must be day or gtc")
    session = b.sessions.current(ts_ns)
    if asked.tif in {"opg", "cls"} and asked.kind not in {"market", "limit"}:
        raise unprocessable(f"{asked.tif} orders must be market or limit orders")
    if session is None or b.sessions.minute_of(ts_ns) >= EVENING_MINUTE:
        return
    if asked.tif == "opg" and ts_ns >= session.open_ns - OPG_LEAD_NS:
        raise unprocessable("opg orders are not accepted between 9:28am and 7:00pm ET")
    if asked.tif == "cls" and ts_ns >= session.close_ns - CLS_LEAD_NS:
        raise unprocessable("cls orders are not accepted between 3:50pm and 7:00pm ET")


def check_client_id(b: Brokerage, account: Account, client_order_id: str) -> None:
    """Refuse an id that was used before, whatever became of its order."""
    if len(client_order_id) > b.settings.client_order_id_length_max:
        raise bad_parameter(f"client_order_id must be no more than {b.settings.client_order_id_length_max} characters")
    if client_order_id in account.client_ids:
        raise Refusal(422, b.settings.duplicate_id_code, "client_order_id must be unique")


def intent_of(side: int, position: int) -> Intent:
    """Return what a side means beside a position."""
    if side > 0:
        return "buy_to_close" if position < 0 else "buy_to_open"
    return "sell_to_close" if position > 0 else "sell_to_open"


def check_position(b: Brokerage, account: Account, asset: Asset, asked: OrderRequest, qty: int) -> bool:
    """Return whether an order closes; Refusal for more than is there, and for a short sale that is not allowed."""
    position = account.qty_of(asset.symbol)
    intent = intent_of(asked.side, position)
    if asked.intent is not None and asked.intent != intent:
        raise unprocessable(f"position intent mismatch, inferred: {intent}, specified: {asked.intent}")
    closing = intent.endswith("close")
    if asked.order_class == "oco" and not closing:
        raise unprocessable("oco orders must be exit orders")
    if asked.order_class == "bracket" and closing:
        raise unprocessable("bracket orders must be entry orders")
    if closing:
        check_available(account, asset, qty)
        return True
    _check_one_side(account, asset, asked.side)
    if asked.side < 0:
        _check_short(b, account, asset, qty)
    return False


def check_available(account: Account, asset: Asset, qty: int, released: int = 0) -> None:
    """Refuse to close more than is there and not held by other orders; `released` is what the order itself held before."""
    existing = abs(account.qty_of(asset.symbol))
    held = account.held(asset.symbol) - released
    available = max(existing - held, 0)
    if qty > available:
        asks, has = decimal_text(qty), decimal_text(available)
        raise forbidden(
            f"insufficient qty available for order (requested: {asks}, available: {has})",
            symbol=asset.symbol,
            existing_qty=decimal_text(existing),
            held_for_orders=decimal_text(held),
            available=has,
        )


def _check_one_side(account: Account, asset: Asset, side: int) -> None:
    """Refuse to open on one side while an order is to open on the other, whatever their prices: an account is long or short of a stock."""
    if any(other.side != side and not other.closing for other in account.open_orders(asset.symbol)):
        mine, theirs = ("long buy", "short sell") if side > 0 else ("short sell", "long buy")
        raise forbidden(f"cannot open a {mine} while a {theirs} order is open")


def _check_short(b: Brokerage, account: Account, asset: Asset, qty: int) -> None:
    if asset.is_crypto:
        coin = asset.symbol.split("/")[0]
        raise forbidden(f"insufficient balance for {coin} (requested: {decimal_text(qty)}, available: 0)")
    if not may_short(account, b.margin(account), b.settings):
        raise forbidden("account is not allowed to short")
    if not asset.shortable:
        raise forbidden(f'asset "{asset.symbol}" cannot be sold short')
    if not asset.easy_to_borrow:
        raise forbidden(f'asset "{asset.symbol}" is not easy to borrow')
    if qty % NANO:
        raise forbidden("fractional orders cannot be sold short")


def check_legs(b: Brokerage, asset: Asset, asked: OrderRequest) -> None:
    """Refuse legs on the wrong side of each other, or of a price from which they start: the entry's limit, and the market's."""
    exit_side = asked.side if asked.order_class == "oco" else -asked.side
    bases = [b.latest.mark(asset.symbol), (asked.order_class != "oco" and asked.limit) or 0]
    base = (min if exit_side < 0 else max)(filter(None, bases), default=0)
    profit, loss = asked.take_profit, asked.stop_loss
    more, less = ("greater", "less") if exit_side < 0 else ("less", "greater")
    if profit is not None and loss is not None and (profit - loss.stop) * -exit_side <= 0:
        raise unprocessable(f"take_profit.limit_price must be {more} than stop_loss.stop_price")
    if loss is not None and base and (base - loss.stop) * -exit_side < _CENT:
        sign, than = ("-", "<=") if exit_side < 0 else ("+", ">=")
        refusal = unprocessable(f"stop_loss.stop_price must be {than} base_price {sign} 0.01")
        refusal.body["base_price"] = decimal_text(base)
        raise refusal
    if loss is not None and loss.limit is not None and (loss.limit - loss.stop) * -exit_side > 0:
        raise unprocessable(f"stop_loss.limit_price must be {less} than or equal to stop_loss.stop_price")


def check_wash(account: Account, asset: Asset, asked: OrderRequest) -> None:
    """Refuse an order that could trade with another one of the same account, unless it belongs to a family."""
    if asked.order_class in COMPLEX:
        return
    for other in account.open_orders(asset.symbol):
        if other.side == asked.side or other.status == "held":
            continue
        if asked.kind != "limit" or other.kind != "limit":
            reason = "opposite side market/stop order exists"
        elif ((asked.limit or 0) - (other.limit or 0)) * asked.side >= 0:
            reason = "opposite side limit order exists"
        else:
            continue
        raise forbidden(
            "potential wash trade detected. use complex orders", reject_reason=reason, existing_order_id=other.id
        )


def cost_of(b: Brokerage, asset: Asset, asked: OrderRequest, qty: int) -> int:
    """Return the dollars of buying power that an opening order ties up."""
    quote, mark = b.latest.quote(asset.symbol), b.latest.mark(asset.symbol)
    ask = nano_of(quote.ask) if quote is not None else mark
    if asked.side < 0:
        beyond = ask + ask * round(b.settings.short_collar_frac * 10_000) // 10_000
        return value_of(qty, max(asked.limit or 0, beyond))
    if asked.notional is not None:
        return asked.notional
    if asked.limit is not None:
        return value_of(qty, asked.limit)
    if asked.stop is not None:
        return value_of(qty, collared(asked.stop))
    return value_of(qty, collared(ask))


def check_buying_power(b: Brokerage, account: Account, asset: Asset, cost: int, released: int = 0) -> None:
    """Refuse an opening order that the account cannot pay, or may not; `released` is what it had reserved before."""
    margin = b.margin(account)
    if account.restricted:
        raise forbidden("account is restricted to closing transactions only")
    most = round(b.settings.position_multiple_max * 1000) * margin.equity // 1000
    if (margin.long - margin.short) > most > 0:
        raise forbidden(
            "account is restricted to closing transactions only: positions exceed the allowed multiple of equity"
        )
    power = margin.buying_power if asset.marginable else margin.non_marginable_buying_power
    if cost <= power + released:
        return
    if asset.is_crypto:
        raise forbidden(
            f"insufficient balance for USD (requested: {decimal_text(cost)}, available: {decimal_text(power)})"
        )
    raise forbidden("insufficient buying power", buying_power=decimal_text(power), cost_basis=decimal_text(cost))


def check_day_trades(b: Brokerage, account: Account, asset: Asset, closing: bool, ts_ns: int) -> None:
    """Refuse a fourth day trade within five sessions to a small account, where the rule is switched on."""
    if not b.settings.day_trader_rule or not closing or b.margin(account).equity >= DAY_TRADER_EQUITY_MIN:
        return
    day = b.day(ts_ns)
    first = day
    for _ in range(DAY_TRADE_SESSIONS - 1):
        first = b.sessions.previous_session(first).day
    recent = sum(1 for one in account.day_trades if one >= first)
    if account.positions[asset.symbol].opened_day == day and recent >= DAY_TRADES_MAX:
        raise Refusal(403, PDT_CODE, "trade denied due to pattern day trading protection")
