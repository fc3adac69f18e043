"""Trade a scene in Tenfold, under the profile of a peer."""

from typing import Literal

import numpy as np
from directions import Directions
from markets import Market
from outcome import Outcome

from scenes import CASH, Platform, Scene
from tenfold import backtest
from tenfold.domain.rules import Account, Costs, Entry, Exits, Rules, Sizing
from tenfold.simulation.profiles import profile_of


def rules_of(scene: Scene, peer: Platform) -> Rules:
    """Return the rules of a scene: those of the venue, and what the scene itself asks for."""
    sizing = (
        Sizing(method="fraction", fraction=scene.fraction)
        if scene.fraction
        else Sizing(method="quantity", quantity=float(scene.quantity))
    )
    return profile_of(
        peer,
        account=Account(cash=CASH),
        costs=Costs(fee_frac=scene.fee, slippage_bps=scene.slippage * 10_000.0),
        sizing=sizing,
        entry=Entry(order=scene.order, offset_frac=scene.offset),
        exits=Exits(stop_frac=scene.stop or None, target_frac=scene.target or None, trail_frac=scene.trail or None),
    )


def trade(
    scene: Scene, market: Market, directions: Directions, peer: Platform, engine: Literal["compiled", "event"]
) -> Outcome:
    """Return what Tenfold makes of it on one of its paths."""
    scores = directions.astype(np.float64)[:, None]
    run = backtest(scores=scores, bars=market.bars(), rules=rules_of(scene, peer), engine=engine).run
    trips = [
        (
            int(trip["entry_bar"]),
            -1 if trip["open"] else int(trip["exit_bar"]),
            float(trip["entry_price"]),
            0.0 if trip["open"] else float(trip["exit_price"]),
            float(trip["lots"] * trip["side"]),
        )
        for trip in run.trades
    ]
    return Outcome(tuple(sorted(trips)), float(run.equity[-1]))
