"""Count the streams that an account holds."""

from collections import Counter
from collections.abc import Callable

Authenticate = Callable[[str, str], str | None]
"""Return the account that a key and a secret open, None where they open none."""


class Connections:
    """Give an account so many places at each endpoint."""

    def __init__(self, each_max: int) -> None:
        self._each_max = each_max
        self._held: Counter[tuple[str, str]] = Counter()

    def full(self, endpoint: str, account: str) -> bool:
        """Say whether an account has no place left."""
        return self._held[endpoint, account] >= self._each_max

    def take(self, endpoint: str, account: str) -> bool:
        """Take a place; False where none is left."""
        if self.full(endpoint, account):
            return False
        self._held[endpoint, account] += 1
        return True

    def release(self, endpoint: str, account: str) -> None:
        """Give a place back."""
        self._held[endpoint, account] -= 1
        if self._held[endpoint, account] <= 0:
            del self._held[endpoint, account]
