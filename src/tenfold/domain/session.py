"""Hold one trading session as a value that is passed in."""

from typing import Final

import msgspec

NEW_YORK: Final = "America/New_York"
"""Time zone of the sessions of US venues."""


class Session(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold a session: `day` counts days since 1970-01-01; open and close in UTC nanoseconds."""

    day: int
    open_ns: int
    close_ns: int

    def __post_init__(self) -> None:
        if self.open_ns >= self.close_ns:
            raise ValueError(f"session {self.day} opens at {self.open_ns}, not before its close {self.close_ns}")

    def contains(self, ts_ns: int) -> bool:
        """Say whether a moment lies in (open, close]: bars are stamped at their close."""
        return self.open_ns < ts_ns <= self.close_ns
