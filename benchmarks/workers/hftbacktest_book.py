"""Replay the same flow with hftbacktest, as the feed of single orders that a venue published after it had matched them."""

import numpy as np
import task
from hftbacktest import (
    ADD_ORDER_EVENT,
    BUY_EVENT,
    CANCEL_ORDER_EVENT,
    EXCH_EVENT,
    FILL_EVENT,
    LOCAL_EVENT,
    MODIFY_ORDER_EVENT,
    SELL_EVENT,
    BacktestAsset,
    ROIVectorMarketDepthBacktest,
)
from hftbacktest.types import event_dtype
from numba import njit

KINDS = np.array([ADD_ORDER_EVENT, CANCEL_ORDER_EVENT, FILL_EVENT, MODIFY_ORDER_EVENT], np.uint64)
STEP_NS = 1_000


@njit
def replay(backtest, moments):
    for _ in range(moments // 1_000):
        if backtest.elapse(1_000 * STEP_NS) != 0:
            break
    depth = backtest.depth(0)
    return depth.best_bid, depth.best_ask


def backtest_of(feed):
    """Return a backtest, and the events, which it reads where they lie."""
    events = np.zeros(len(feed), event_dtype)
    sides = np.where(feed["side"] > 0, BUY_EVENT, SELL_EVENT).astype(np.uint64)
    events["ev"] = KINDS[feed["what"]] | sides | np.uint64(EXCH_EVENT | LOCAL_EVENT)
    events["exch_ts"] = events["local_ts"] = (feed["moment"] + 1) * STEP_NS
    events["px"], events["qty"], events["order_id"] = feed["price"], feed["qty"], feed["order_id"]
    asset = (
        BacktestAsset()
        .data([events])
        .linear_asset(1.0)
        .constant_order_latency(0, 0)
        .l3_fifo_queue_model()
        .no_partial_fill_exchange()
        .trading_value_fee_model(0.0, 0.0)
        .tick_size(1.0)
        .lot_size(1.0)
        .roi_lb(98_000.0)
        .roi_ub(102_000.0)
    )
    return ROIVectorMarketDepthBacktest([asset]), events


def main() -> None:
    job = task.read()
    with np.load(job["path"]) as kept:
        feed, begun, fed, count = kept["feed"], int(kept["begun"]), int(kept["fed"]), len(kept["operations"])
    small, kept_small = backtest_of(feed[:100])
    replay(small, 10)  # compiles
    backtest, kept_events = backtest_of(feed)
    replay(backtest, begun)
    times, (bid, ask) = task.timed(lambda: replay(backtest, count + 1_000 - begun))
    task.answer(**times, events=len(feed) - fed, best=[int(bid), int(ask)])
    assert len(kept_small) + len(kept_events) == len(feed) + 100


main()
