"""Choose from which source the data of a symbol come: from the first that is fit, and back to a better one after it has been fit for a while."""

from collections.abc import Sequence


class Failover:
    """Choose among sources in the order of their priority, the best first.

    It leaves a source as soon as that is unfit and another is fit, and goes back to a better one when that has been fit without a
    break for `hold_ns`. While none is fit it stays where it is.

    Attributes
    ----------
    active : place of the source that is chosen
    fit : whether that one is fit
    """

    def __init__(self, count: int, hold_ns: int) -> None:
        self.active = 0
        self.fit = False
        self._hold_ns = hold_ns
        self._since: list[int | None] = [None] * count  # since when each has been fit

    def follow(self, hold_ns: int) -> None:
        """Go back to a better source after so long from here on."""
        self._hold_ns = hold_ns

    def judge(self, ts_ns: int, fit: Sequence[bool]) -> bool:
        """Take which sources are fit at a moment; return whether the choice changed. Moments do not decrease."""
        for place, one in enumerate(fit):
            if not one:
                self._since[place] = None
            elif self._since[place] is None:
                self._since[place] = ts_ns
        before = self.active
        if not fit[before]:
            self.active = next((place for place, one in enumerate(fit) if one), before)
        else:
            for place, since in enumerate(self._since[:before]):
                if since is not None and ts_ns - since >= self._hold_ns:
                    self.active = place
                    break
        self.fit = fit[self.active]
        return self.active != before

    def order(self) -> list[int]:
        """Return the places of all sources in the order in which they are asked: the chosen one first."""
        return [self.active, *(place for place in range(len(self._since)) if place != self.active)]
