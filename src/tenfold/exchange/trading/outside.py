"""Trade in an account as somebody else does: by hand, or by another program."""

from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.price_steps import step_of
from tenfold.exchange.refusal import Refusal
from tenfold.exchange.trading.account import Account
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.request import OrderRequest
from tenfold.exchange.trading.submitting import submit


def foreign_order(b: Brokerage, account: Account, ts_ns: int, resting: bool) -> Order | None:
    """Submit an order for one share that no client sent: far from the market, or at it; None where the account cannot."""
    asset = next(
        (one for one in b.assets.values() if not one.is_crypto and one.tradable and b.latest.mark(one.symbol)), None
    )
    if asset is None:
        return None
    half = b.latest.mark(asset.symbol) // 2
    asked = OrderRequest(
        symbol=asset.symbol,
        side=1 if resting or account.qty_of(asset.symbol) < NANO else -1,
        kind="limit" if resting else "market",
        tif="gtc" if resting else "day",
        qty=NANO,
        limit=max(half - half % step_of(half), step_of(half)) if resting else None,
    )
    try:
        return submit(b, account, asked, ts_ns)
    except Refusal:
        return None
