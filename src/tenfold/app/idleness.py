"""Say why a run traded nothing: the first of the gates between a score and a fill that let nothing through."""

import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.run import Run


def idleness(run: Run) -> list[str]:
    """Return one line that says why a run without fills has none, and what would change it; none where `failures` says it."""
    if run.scores is None:
        return ["no order filled: the strategy sent none, or none of its prices was reached"]
    if not np.isfinite(run.scores).any():
        return []
    if not run.direction.any():
        return [_unvoted(run, run.scores)]
    if not run.rules.account.short and not (run.direction > 0).any():
        return ["nothing was traded: every vote was for short, and rules.account.short is false"]
    decided = np.flatnonzero(run.direction.any(axis=1))
    if decided[0] == len(run.direction) - 1:
        return [
            "nothing was traded: the first vote came at the last bar, and an order fills in a later one; give it more history"
        ]
    return [_unfilled(run, decided)]


def _unvoted(run: Run, scores: NDArray[np.float64]) -> str:
    """Return why no vote was ever for long or short."""
    vote, known = run.rules.vote, np.isfinite(scores)
    largest = float(np.nanmax(abs(scores)))
    if largest < vote.ballot:
        what = "every score was 0, which abstains" if largest == 0.0 else f"the largest score was {largest:.3g}"
        return f"nothing was traded: {what}, and a ballot needs a score of {vote.ballot:g} (rules.vote.ballot)"
    silent = [name for index, name in enumerate(run.members) if not known[:, :, index].any()]
    needed = "all of the weight, as fewer vote than rules.vote.quorum" if len(run.members) < vote.quorum else ""
    return (
        f"nothing was traded: at most {float(run.agreement.max()):.0%} of the weight ever agreed, and a vote needs "
        f"{needed or f'{vote.enter_frac:.0%} (rules.vote.enter_frac)'}"
        + (f"; {', '.join(silent)} never had a score" if silent else "")
    )


def _unfilled(run: Run, decided: NDArray[np.intp]) -> str:
    """Return why votes became no fills: lots too dear, volume too small, prices not reached, limits."""
    rules, bars = run.rules, run.bars
    worth = np.array([one.lot_size * one.multiplier for one in bars.instruments]) * bars.rows["close"]
    lot = float(np.nanmin(np.where(run.direction != 0, worth, np.nan)))
    share = (
        (rules.sizing.fraction or 1.0 / len(bars.symbols))
        if rules.sizing.method == "fraction"
        else rules.sizing.cap_frac
    )
    room = rules.account.cash * min(share, rules.account.leverage_max)
    if rules.sizing.method != "quantity" and lot > room:
        return (
            f"nothing was traded: one lot costs at least {lot:,.2f} {bars.currency} and a position may be {room:,.2f}; give the "
            "account more cash (rules.account.cash), or state a smaller lot (tenfold data set SYMBOL --lot-size 0.001)"
        )
    share_max = rules.costs.participation_frac_max
    if share_max is not None and float(np.nanmax(bars.rows["volume"], initial=0.0)) * share_max < 1.0:
        return f"nothing was traded: {share_max:g} of a bar's volume is less than one lot (rules.costs.participation_frac_max)"
    if rules.entry.order in ("limit", "stop"):
        return (
            f"nothing was traded: no {rules.entry.order} of the entries was reached, {rules.entry.offset_frac:.3g} away from the "
            "close (rules.entry.offset_frac)"
        )
    cut = ", ".join(f"{name} {count:,} times" for name, count in run.bindings.items() if count)
    if cut:
        return f"nothing was traded: limits left no order whole ({cut}); see rules.limits and rules.account"
    if rules.sizing.method in ("volatility", "kelly"):
        return f"nothing was traded: sizing by {rules.sizing.method} was 0; it needs {rules.sizing.window} bars (rules.sizing.window)"
    return f"nothing was traded: {len(decided):,} bars had a vote, and no order of theirs filled"
