"""Watch what the venue lets the account do while it trades: whether it may, for how much, and what it may sell short."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from tenfold.domain.errors import TenfoldError

if TYPE_CHECKING:
    from tenfold.adapters.alpaca.reference import AlpacaReference

BORROWING_LOOKS: Final = 240
"""Looks between two at what can be borrowed: venues change their list by the day."""


class AccountWatch:
    """Look at the account every so often.

    Parameters
    ----------
    symbols : that are traded
    tell : gets a line where something changed that a person should know

    Attributes
    ----------
    borrowable : symbols that may be sold short now, None before the venue has told
    """

    def __init__(self, symbols: Sequence[str], tell: Callable[[str], None]) -> None:
        self.borrowable: frozenset[str] | None = None
        self._symbols = symbols
        self._tell = tell
        self._blocked = ""
        self._looks = 0

    async def power(self, reference: "AlpacaReference") -> int:
        """Return what may be opened now, money units: nothing while the account is blocked. Errors as `AlpacaReference.standing`."""
        standing = await reference.standing()
        if standing.blocked != self._blocked:
            self._tell(
                f"nothing may be traded: {standing.blocked}" if standing.blocked else "the account may trade again"
            )
            self._blocked = standing.blocked
        if self._looks % BORROWING_LOOKS == 0 or self.borrowable is None:
            try:
                self.borrowable = await reference.borrowable(self._symbols) if standing.shorts else frozenset()
            except TenfoldError:
                self._looks = -1  # it is asked again with the next look, and what was told holds until then
        self._looks += 1
        return 0 if standing.blocked else standing.buying_power
