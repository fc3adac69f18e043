"""Tell whose fault it was, what was found and what to do next.

TenfoldError
├── UserError              the caller can mend it; the text says how
│   ├── DataError          a file, a column, a price
│   ├── DecodeError        text that does not fit its type
│   ├── JournalError       a journal that was changed, or is not ours to write
│   ├── MoneyOverflowError an amount beyond the range of 64-bit money
│   ├── OrderError         an order whose parts do not fit together
│   ├── ParameterError     a parameter of a strategy or function
│   ├── SettingsError      a TOML file, an environment variable, an option
│   ├── StrategyError      the source of a strategy
│   ├── TrialLogError      a trial log that was changed
│   └── UnknownNameError   a symbol, strategy or run that is not there
├── WorldError             network, disk or venue; expected, journaled, survived
│   ├── SourceError        a source of market data that does not answer
│   ├── StorageError       a read or write that failed
│   └── VenueError         a venue that does not answer, or not so that it can be understood
└── InvariantError         our own fault: a bug worth reporting
"""

import difflib
import re
from collections.abc import Iterable


class TenfoldError(Exception):
    """Root of every error that Tenfold raises on purpose."""

    exit_code = 1


class UserError(TenfoldError):
    """Report something that the caller can mend."""

    exit_code = 2


class DataError(UserError):
    """Report market data that cannot be used as it is."""

    exit_code = 3


class DecodeError(UserError):
    """Report text or bytes that do not fit the type expected."""


class JournalError(UserError):
    """Report a journal that was changed, cut or reordered, or that another version or process writes."""

    exit_code = 6


class OrderError(UserError):
    """Report an order whose parts do not fit together."""


class ParameterError(UserError):
    """Report a parameter outside its space."""


class SettingsError(UserError):
    """Report a setting that is unknown or out of range."""


class StrategyError(UserError):
    """Report a strategy that cannot be folded."""

    exit_code = 4


class TrialLogError(UserError):
    """Report a trial log that was changed, cut or reordered: nothing may be certified by it."""

    exit_code = 6


class UnknownNameError(UserError):
    """Report a name that is not in the registry, the catalogue or the runs."""


class MoneyOverflowError(UserError):
    """Report an amount outside the range of 64-bit money; smaller cash or quantities mend it."""


class WorldError(TenfoldError):
    """Report a failure of network, disk or venue."""

    exit_code = 5


class StorageError(WorldError):
    """Report a read or write that failed."""


class SourceError(WorldError):
    """Report a source of market data that does not answer, or asks for patience: the same request may succeed later.

    `wait_s` is the pause that the source asks for, None where it says nothing.
    """

    def __init__(self, text: str, wait_s: float | None = None) -> None:
        super().__init__(text)
        self.wait_s = wait_s


class VenueError(WorldError):
    """Report a venue that does not answer, or not so that it can be understood: what is so may be asked again later."""


class InvariantError(TenfoldError):
    """Report a bug of Tenfold itself."""

    exit_code = 70


SHOWN = 8
"""Names that an error lists where many are known."""


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return a question with the name that was likely meant, else nothing."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]}?" if close else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of an error's line: the name that was likely meant, else those that are known, alike ones first."""
    names = list(known)
    close = suggestion(name, names)
    if close:
        return close
    if not names:
        return "nothing is known here"
    shown = names
    if len(names) > 2 * SHOWN:
        words = [word for word in re.split(r"\W+|_", name.lower()) if len(word) > 2]
        shown = ([known for known in names if any(word in known.lower() for word in words)] or names)[:SHOWN]
    more = f" and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
    return f"expected one of: {', '.join(shown)}{more}"
