"""Simulate one symbol the plain way, in exact fractions: written apart from the engine, and sharing nothing with it.

Market orders at the next open, an attached stop and target, a fee by fraction and share with a minimum, fixed slippage,
a constant number of shares. It exists to disagree: both paths of the engine share their scalar rules, this does not.
"""

from fractions import Fraction

TICK = Fraction(1, 64)
UNIT = Fraction(1, 10**6)


def nearest(value, step):
    """Return the nearest multiple of a step, a half upwards."""
    whole = (value / step + Fraction(1, 2)).__floor__()
    return whole * step


class Position:
    """Hold what one symbol's account is in."""

    def __init__(self, cash):
        self.cash = Fraction(cash)
        self.shares = 0
        self.average = Fraction(0)
        self.stop = None
        self.target = None
        self.fills = []


def simulate(cells, wishes, cash, quantity, fee_frac, fee_share, fee_minimum, slip_frac, stop_frac, target_frac):
    """Return fills (bar, shares, price, fee) and equity at each close.

    `cells` are (open, high, low, close) in exact fractions; `wishes` is +1, 0 or -1 at each close.
    """
    account = Position(cash)
    order = 0
    acted = 0  # the wish that was last acted on
    equity = []
    for bar, ((first, high, low, close), wish) in enumerate(zip(cells, wishes, strict=True)):
        entered = False
        if order != 0:
            price = slip(first, order, slip_frac)
            entered = account.shares == 0 or (account.shares > 0) != (account.shares + order > 0)
            book(account, bar, order, price, fee_frac, fee_share, fee_minimum)
            if account.shares != 0:
                attach(account, stop_frac, target_frac)
            start = price if entered else first
            order = 0
        else:
            start = first
        leave(account, bar, start, high, low, slip_frac, fee_frac, fee_share, fee_minimum)
        equity.append(account.cash + account.shares * nearest(close, UNIT))
        if wish != acted:
            order = wish * quantity - account.shares
            acted = wish
    return account.fills, equity


def slip(price, side, slip_frac):
    moved = price * (1 + slip_frac) if side > 0 else price * (1 - slip_frac)
    return max(nearest(moved, TICK), TICK)


def book(account, bar, shares, price, fee_frac, fee_share, fee_minimum):
    worth = nearest(price, UNIT)
    fee = nearest(max(abs(shares) * worth * fee_frac + abs(shares) * fee_share, fee_minimum), UNIT)
    before, after = account.shares, account.shares + shares
    if before == 0 or (before > 0) != (after > 0):
        account.average = worth
    elif abs(after) > abs(before):
        account.average = (account.average * before + worth * shares) / after
    account.shares = after
    account.cash -= shares * worth + fee
    account.fills.append((bar, shares, price, fee))
    if after == 0:
        account.stop = account.target = None


def attach(account, stop_frac, target_frac):
    way = 1 if account.shares > 0 else -1
    account.stop = None if stop_frac is None else max(nearest(account.average * (1 - way * stop_frac), TICK), TICK)
    account.target = None if target_frac is None else nearest(account.average * (1 + way * target_frac), TICK)


def leave(account, bar, start, high, low, slip_frac, fee_frac, fee_share, fee_minimum):
    """Leave by the stop where the bar reaches it, else by the target; a bar that opens beyond a level trades there."""
    shares, stop, target = account.shares, account.stop, account.target
    if shares == 0:
        return
    worst = min(low, start) if shares > 0 else max(high, start)
    best = max(high, start) if shares > 0 else min(low, start)
    if stop is not None and (worst <= stop if shares > 0 else worst >= stop):
        price = min(start, stop) if shares > 0 else max(start, stop)
        price = slip(price, -shares, slip_frac)
    elif target is not None and (best >= target if shares > 0 else best <= target):
        price = max(start, target) if shares > 0 else min(start, target)
        price = max(nearest(price, TICK), TICK)
    else:
        return
    book(account, bar, -shares, price, fee_frac, fee_share, fee_minimum)
