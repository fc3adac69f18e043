"""Refuse a request as Alpaca does: a status, a code, a message, and what else its body holds."""

from typing import Any, Final

MALFORMED: Final = 40010000
PARAMETER: Final = 40010001
UNAUTHORIZED: Final = 40110000
FORBIDDEN: Final = 40310000
NOT_FOUND: Final = 40410000
UNPROCESSABLE: Final = 42210000
TOO_MANY: Final = 42910000
INTERNAL: Final = 50010000


class Refusal(Exception):  # noqa: N818 -- an answer, not a failure
    """Carry the answer to a request that is refused.

    Attributes
    ----------
    status : HTTP status
    body : {"code", "message", ...} as it goes out
    """

    def __init__(self, status: int, code: int, message: str, **extras: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message, **extras}


def forbidden(message: str, **extras: Any) -> Refusal:
    """Return the answer to what the account may not do."""
    return Refusal(403, FORBIDDEN, message, **extras)


def not_found(message: str) -> Refusal:
    """Return the answer to what is not there."""
    return Refusal(404, NOT_FOUND, message)


def bad_parameter(message: str) -> Refusal:
    """Return the answer to a parameter that makes no sense."""
    return Refusal(422, PARAMETER, message)


def unprocessable(message: str) -> Refusal:
    """Return the answer to what cannot be done in this state."""
    return Refusal(422, UNPROCESSABLE, message)
