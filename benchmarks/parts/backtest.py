"""Compare one backtest, compiled and event by event, with backtesting.py and NautilusTrader."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from claim import Claim
from environments import PeerMissingError, python_of
from trial import PYTHON, Measured, interleave, summary, work

from parts.size import CROSSING, Size, market_of, rows_of

TITLE = "Backtest"
TOLERANCE = 1e-6


def measure(size: Size) -> dict[str, Any]:
    """Return figures and claims of the backtest."""
    job = {"market": market_of(size.backtest_bars), "params": CROSSING}
    contestants: dict[str, Callable[[], Measured]] = {
        "tenfold_compiled": _contestant(PYTHON, "tenfold", {**job, "engine": "compiled", "times": 5}, "compiled"),
        "tenfold_event": _contestant(PYTHON, "tenfold", {**job, "engine": "event", "times": 1}, "event"),
    }
    missing = []
    for peer in ("backtesting", "nautilus"):
        try:
            contestants[peer] = _contestant(python_of(peer), peer, {**job, "times": 1}, peer)
        except PeerMissingError as error:
            missing.append(str(error))
    measured = interleave(contestants, size.repeats)
    taken = summary(measured, ("wall_s", "cpu_s", "peak_bytes"))
    for name, figures in taken.items():
        figures["bars_a_second"] = size.backtest_bars / figures["cpu_s"]
        figures["bars_a_wall_second"] = size.backtest_bars / figures["wall_s"]
        figures["final_equity"] = measured[name][-1]["final_equity"]
    agreement = agreement_of(taken) if "backtesting" in taken else {}
    return {
        "settings": {"bars": size.backtest_bars, **CROSSING, "clock": "processor seconds, all threads"},
        "figures": taken,
        "agreement": agreement,
        "missing": missing,
        "claims": [claim.record() for claim in _claims(taken, agreement)],
    }


def _contestant(python: str, script: str, job: dict[str, Any], name: str) -> Callable[[], Measured]:
    return partial(work, python, f"{script}_backtest", {**job, "rows": str(rows_of(f"backtest-{name}"))})


def agreement_of(taken: dict[str, Measured]) -> dict[str, Any]:
    """Return how the closed trades and the final equity of Tenfold compare with those of backtesting.py."""
    ours, theirs = np.load(rows_of("backtest-compiled")), np.load(rows_of("backtest-backtesting"))
    event = np.load(rows_of("backtest-event"))
    bars, prices = ("entry_bar", "exit_bar"), ("entry_price", "exit_price")
    count = len(ours["entry_bar"])
    same_length = count == len(theirs["entry_bar"])
    equal = np.zeros(count, bool)
    if same_length:
        order = np.argsort(theirs["entry_bar"], kind="stable")
        equal = np.all([ours[name] == theirs[name][order] for name in bars], axis=0)
        equal &= np.all([np.abs(ours[name] / theirs[name][order] - 1.0) <= 1e-9 for name in prices], axis=0)
    final = taken["backtesting"]["final_equity"]
    return {
        "trades": count,
        "trades_of_backtesting": len(theirs["entry_bar"]),
        "trades_equal": int(equal.sum()),
        "final_equity_difference": abs(taken["tenfold_compiled"]["final_equity"] / final - 1.0),
        "both_paths_equal": bool(
            all(np.array_equal(ours[name], event[name]) for name in (*bars, *prices))
            and taken["tenfold_compiled"]["final_equity"] == taken["tenfold_event"]["final_equity"]
        ),
    }


def _claims(taken: dict[str, Measured], agreement: dict[str, Any]) -> list[Claim]:
    def times(ours: str, peer: str) -> float:
        return float(taken[peer]["cpu_s"] / taken[ours]["cpu_s"])

    claims = []
    if "nautilus" in taken:
        claims.append(
            Claim("compiled path against NautilusTrader", times("tenfold_compiled", "nautilus"), "times", limit=500.0)
        )
        claims.append(
            Claim("event path against NautilusTrader", times("tenfold_event", "nautilus"), "times", limit=4.0)
        )
    if "backtesting" in taken:
        claims.append(
            Claim(
                "compiled path against backtesting.py", times("tenfold_compiled", "backtesting"), "times", limit=100.0
            )
        )
        claims.append(Claim("event path against backtesting.py", times("tenfold_event", "backtesting"), "times"))
        different = max(agreement["trades"], agreement["trades_of_backtesting"]) - agreement["trades_equal"]
        note = f"{agreement['trades_equal']:,} closed trades with equal bars and prices"
        claims.append(
            Claim("trades that differ from those of backtesting.py", float(different), "trades", "at most", 0.0, note)
        )
        claims.append(Claim("final equity against backtesting.py, relative difference", agreement["final_equity_difference"],
                            "", "at most", TOLERANCE))  # fmt: skip
        note = "same trades, same final equity" if agreement["both_paths_equal"] else "they differ"
        claims.append(
            Claim("the two paths of Tenfold apart", float(not agreement["both_paths_equal"]), "", "at most", 0.0, note)
        )
    return claims
