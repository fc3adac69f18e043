"""Say by which steps prices go, and how far a purchase at the market may reach."""

from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.wire import nano_of, number


def step_of(price: int) -> int:
    """Return the least difference between two prices of a stock: a cent, a hundredth of one below a dollar; in billionths."""
    return NANO // 100 if price >= NANO else NANO // 10_000


def price_step(price: float) -> float:
    """Return the same of a price in dollars."""
    return number(step_of(nano_of(price)))


def collared(price: int) -> int:
    """Return the most that a buy at the market pays, as Alpaca bounds it: 4 % above below 50 dollars, else 2.5 %; on its step."""
    bound = price * 104 // 100 if price < 50 * NANO else price * 1025 // 1000
    return bound - bound % step_of(bound)
