"""Trade a scene in vectorbt, with the orders that Tenfold sends: signals a bar later, at the open."""

import numpy as np
import vectorbt as vbt
from directions import Directions
from markets import Market
from outcome import Outcome

from scenes import CASH, Scene


def trade(scene: Scene, market: Market, directions: Directions) -> Outcome:
    """Return what vectorbt makes of it."""
    sent = np.concatenate(([0, 0], directions))[: len(directions) + 1]
    before, now = sent[:-1], sent[1:]
    changed = now != before
    account = {"init_cash": CASH, "fees": scene.fee, "slippage": scene.slippage, "freq": f"{market.period_s}s"}
    portfolio = (
        _fractions(scene, market, changed, now, account)
        if scene.fraction
        else vbt.Portfolio.from_signals(
            market.close,
            entries=changed & (now > 0),
            exits=changed & (before > 0) & (now == 0),
            short_entries=changed & (now < 0),
            short_exits=changed & (before < 0) & (now == 0),
            size=float(scene.quantity),
            price=market.open,
            open=market.open,
            high=market.high,
            low=market.low,
            sl_stop=scene.stop or scene.trail or np.nan,
            sl_trail=scene.trail > 0.0,
            tp_stop=scene.target or np.nan,
            stop_entry_price="fillprice",
            stop_exit_price="stopmarket",
            upon_opposite_entry="reverse",
            **account,
        )
    )
    records = portfolio.trades.records
    trips = [
        (
            int(one.entry_idx),
            int(one.exit_idx) if one.status else -1,
            float(one.entry_price),
            float(one.exit_price) if one.status else 0.0,
            float(-one.size if one.direction else one.size),
        )
        for one in records.itertuples()
    ]
    return Outcome(tuple(sorted(trips)), float(portfolio.value().iloc[-1]))


def _fractions(scene: Scene, market: Market, changed: object, now: object, account: dict[str, object]) -> object:
    """Return a portfolio that aims at a fraction of equity, valued at the close that decides, in whole shares."""
    return vbt.Portfolio.from_orders(
        market.close,
        size=np.where(changed, now * scene.fraction, np.nan),
        size_type="targetpercent",
        price=market.open,
        val_price=-np.inf,
        size_granularity=1.0,
        **account,
    )
