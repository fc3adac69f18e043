"""Value an account as its breakers do: by quotes that are newer than its last bars, and by its last closes where there are none."""

from tenfold.engine.engine import Engine


def equity_of(engine: Engine) -> tuple[int, int]:
    """Return equity and gross value of the positions now, money units."""
    return engine.ledger.valued(engine._quoted)


def worth_of(engine: Engine, symbol: str) -> int:
    """Return what a position is worth now, what it cost where it had no price yet; money units."""
    ledger, price = engine.ledger, engine._quoted(symbol)
    position, close = ledger.position(symbol), ledger.closes[symbol]
    worth = position.lots * ledger.mark_of(symbol) or position.cost
    return round(worth * (price / close)) if price and close else worth
