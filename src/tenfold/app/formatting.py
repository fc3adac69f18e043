"""Write values as people read them."""

import math
from collections.abc import Callable, Mapping
from typing import Final

from tenfold.metrics.definitions import Form

UNDEFINED = "–"
_MINUS = "−"


def formatted(value: float | int | str | None, form: Form) -> str:
    """Return a metric's value as text; an en dash where it is undefined."""
    if isinstance(value, str):
        return value
    if value is None or not math.isfinite(value):
        return UNDEFINED
    return _WRITERS[form](value)


def percent(value: float, digits: int | None = None) -> str:
    """Return a fraction as per cent: 7.1 %; smaller values get more digits."""
    if not math.isfinite(value):
        return UNDEFINED
    if digits is None:
        size = abs(value) * 100.0
        digits = 1 if size >= 10.0 else 2 if size >= 0.1 or size == 0.0 else 3
    return _signed(f"{value * 100.0:,.{digits}f}\u00a0%")


def probability(value: float) -> str:
    """Return a probability as per cent, never rounded up to certainty or down to impossibility."""
    if value < 0.0005:
        return "<\u00a00.1\u00a0%"
    if value > 0.9995:
        return ">\u00a099.9\u00a0%"
    return percent(value, 1)


def money(value: float) -> str:
    """Return an amount of currency with two decimals, more below one."""
    if not math.isfinite(value):
        return UNDEFINED
    size = abs(value)
    digits = 0 if size >= 1e6 else 2 if size >= 0.01 or size == 0.0 else 8
    return _signed(f"{value:,.{digits}f}")


def number(value: float) -> str:
    """Return a plain number with about three significant digits."""
    if not math.isfinite(value):
        return UNDEFINED
    size = abs(value)
    digits = 0 if size >= 10_000.0 else 1 if size >= 100.0 else 2 if size >= 0.01 or size == 0.0 else 4
    return _signed(f"{value:,.{digits}f}")


def ratio(value: float) -> str:
    """Return a ratio with two decimals, one from a hundred on."""
    return number(value) if abs(value) >= 100.0 else _signed(f"{value:.2f}")


def count(value: float) -> str:
    """Return a whole number with its thousands apart."""
    return _signed(f"{value:,.0f}")


def _signed(text: str) -> str:
    """Return the text with the typographic minus, and no minus before a zero."""
    if text.startswith("-"):
        return _MINUS + text[1:] if any(digit in text for digit in "123456789") else text[1:]
    return text


_WRITERS: Final[dict[Form, Callable[[float], str]]] = {
    "percent": percent,
    "probability": probability,
    "money": money,
    "count": count,
    "ratio": ratio,
    "decimal": number,
    "text": number,
}


def times(counts: Mapping[str, int]) -> str:
    """Return how often each name came, "" where none did."""
    return ", ".join(
        f"{name} {'once' if often == 1 else f'{often:,} times'}" for name, often in sorted(counts.items()) if often
    )
