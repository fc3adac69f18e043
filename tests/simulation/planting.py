"""Plant a bug: a shipped piece is made of another class."""

from msgspec.structs import replace
from world import NoBugs

from tenfold.execution.blotter import Blotter

LOST = ("request_lost", "reset_before_body", "request cut off", "cut")
"""What keeps a request from the venue."""
UNANSWERED = (
    "response_lost", "response lost", "reset_after_bytes", "truncated_json", "error_500_after", "error_502_after", "error_503_after",
    "error_504_after",
)  # fmt: skip
"""What keeps an answer from us."""
UNHEARD = ("lost_event", "frame lost", "cut_mid_frame")
"""What keeps an update from us."""
DEATHS = ("kill", "before send", "after send", "after sync", "before sync")


class Planted(NoBugs):
    """Give order management other parts; None leaves the shipped one.

    Attributes
    ----------
    needs : what has to go wrong for it to show: groups of faults and habits, of each one at least
    lawful : whether it only shows in worlds whose venue does with an order what it was asked to
    needs_feeds, guarded : whether it takes market data, or limits
    engines : how many processes it takes
    votes : whether it takes an ensemble that votes, or a strategy that works its own orders; None takes either
    """

    blotter_class = Blotter
    agenda = reader = register = families = None
    hasty = None
    needs = ()
    lawful = needs_feeds = guarded = False
    engines = 1
    votes = None

    def blotter(self, instruments, cash, pace, opens):
        pace = replace(pace, **self.hasty) if self.hasty else pace
        made = self.blotter_class(instruments, cash, pace=pace, opens=opens)
        for holder, name, kind in (
            (made, "_agenda", self.agenda),
            (made, "_reader", self.reader),
            (made, "register", self.register),
            (made.register, "_families", self.families),
        ):
            if kind is not None:
                getattr(holder, name).__class__ = kind
        return made

    @classmethod
    def promise(cls, drawn):
        """Return how likely it is to show in a seed: 0 is hardly."""
        met = (
            drawn.lawful or not cls.lawful, drawn.feeds or not cls.needs_feeds, drawn.guarded or not cls.guarded,
            cls.votes is None or cls.votes is (drawn.ensemble is not None),
        )  # fmt: skip
        worth = drawn.eager * (drawn.day != "night" and all(met) and drawn.engines >= cls.engines)  # a night takes long
        for group in cls.needs:
            worth *= sum(drawn.habits.get(one, 0.0) + rate_of(drawn.faults.get(one)) for one in group)
        return worth


def rate_of(switch):
    """Return how often a fault strikes, 0 where it is not there."""
    return 0.0 if switch is None else switch.rate
