"""Count what strategies fail of, in room that does not grow without end: what an error says may be other at each bar."""

from typing import Final

KINDS_MAX: Final = 1000
"""Errors that are kept by what they say."""
FURTHER: Final = "further errors, each of which says something else"


def count_error(errors: dict[str, int], text: str) -> None:
    """Count an error by what it says; beyond so many those that say something new count as one."""
    kind = text if text in errors or len(errors) < KINDS_MAX else FURTHER
    errors[kind] = errors.get(kind, 0) + 1
