"""Keep what is being asked of the venue, and when to ask again: nothing of this outlives the process, and nothing of it has to."""

from typing import Annotated

import msgspec
from msgspec import Meta

from tenfold.domain.units import NS_PER_SECOND
from tenfold.execution.tracked import Part

Seconds = Annotated[float, Meta(gt=0)]
_CLOCKS_NS = 300 * NS_PER_SECOND
"""By how much the clocks of two processes may differ, or one may be set: nothing so near to a moment is taken for before it."""

_BEHIND_TOLD, _BEHIND_MAX = 10, 120
"""Looks in vain for what the venue says to have: until that is told, and until its word counts no more, an hour by the longest pause."""


class Pace(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Say how patient order management is, in seconds.

    Parameters
    ----------
    answer_s : a request without an answer after this time counts as one of which nobody knows the outcome
    look_s, look_max_s : first and longest pause between look-ups of an order whose state is not known
    confirm_s : pause between the answer to a cancel and the look whether it is done, if nobody tells before
    in_flight_s : after this time a request that was sent has arrived or never will
    place_within_s : an order is sent within this time of its decision, or not at all; one that may only lower a position waits for as long as
        it is wanted
    attempts_max : times that an order is sent under its one name, not counting those of which it is known that they had no effect
    misses_min : look-ups that must not find an order before it counts as not there
    stock_s : pause between two full comparisons with the venue
    blind_s : the same while the stream of orders does not stand, and what is heard comes of these alone
    stuck_s : after this time a cancel that stays pending is told
    overlap_s : executions are asked for from so long before the last full comparison
    """

    answer_s: Seconds = 30.0
    look_s: Seconds = 0.5
    look_max_s: Seconds = 30.0
    confirm_s: Annotated[float, Meta(ge=0)] = 0.5
    in_flight_s: Seconds = 10.0
    place_within_s: Seconds = 30.0
    attempts_max: Annotated[int, Meta(ge=1)] = 8
    misses_min: Annotated[int, Meta(ge=2)] = 2
    stock_s: Seconds = 60.0
    blind_s: Seconds = 4.0
    stuck_s: Seconds = 60.0
    overlap_s: Seconds = 600.0


class Errand:
    """Hold what goes on about one part of an order.

    Attributes
    ----------
    asked : kind of the request that is out, "" where none is; `asked_ns` when it went
    looks_ns : when the oldest look-up went that may still be answered, 0 where none may; `looked_ns` the one that was answered last
    due_ns : when to ask next; `wait_ns` is the latest pause, which doubles
    attempts : times that it was sent; `sent_ns` the last
    misses : look-ups in a row that did not find it; `heard_ns` is when the venue last told of it
    again : it is to be sent once more
    refusal : what the venue had against it when it was last sent, though an earlier one may have been taken
    look : the next thing to ask is how it stands
    leaving : its cancel is under way
    born_ns : when it was first seen here, before a start the moment of its record
    since_ns : when its cancel was first asked for
    told : that it is stuck was told
    taken : the venue has said that there is an order of its name
    kept : it was not sent before the start that lies between: the venue had not taken it since its record
    """

    __slots__ = (
        "again", "asked", "asked_ns", "attempts", "born_ns", "due_ns", "heard_ns", "kept", "leaving", "look", "looked_ns", "looks_ns", "misses", "refusal", "sent_ns", "since_ns", "taken", "told", "wait_ns",
    )  # fmt: skip

    def __init__(self, now_ns: int) -> None:
        self.asked = ""
        self.asked_ns = 0
        self.looks_ns = self.looked_ns = 0
        self.due_ns = now_ns
        self.wait_ns = 0
        self.attempts = 0
        self.sent_ns = now_ns
        self.misses = 0
        self.heard_ns = 0
        self.again = False
        self.refusal = ""
        self.look = False
        self.leaving = False
        self.born_ns = now_ns
        self.since_ns = now_ns
        self.told = self.kept = self.taken = False

    def keeps(self, since_ns: int, open_ns: int, now_ns: int) -> bool:
        """Say whether what was decided before a start cannot have been sent then: the venue did not take it, and does not yet."""
        self.kept |= (
            since_ns < open_ns and since_ns <= now_ns < open_ns - _CLOCKS_NS
        )  # else the clock is behind the record
        return self.kept

    def ask(self, kind: str, now_ns: int) -> None:
        """Note that a request goes out."""
        self.asked, self.asked_ns = kind, now_ns
        if kind == "look_up":
            self.looks_ns = self.looks_ns or now_ns
        if kind in {"place", "amend"}:
            self.attempts += 1
            self.sent_ns = now_ns
            self.misses = 0
            self.again = False

    def answered(self, kind: str = "") -> None:
        """Note that the answer came; to a look-up it may be that to the one before, which was overdue."""
        self.asked = ""
        if kind == "look_up":
            self.looked_ns, self.looks_ns = self.looks_ns, 0 if self.looks_ns == self.asked_ns else self.asked_ns

    def once_more(self) -> None:
        """Let it go out again as soon as it may; while it may not, it is looked for after pauses that grow."""
        self.again = True

    def vain(self, now_ns: int, pace: Pace) -> None:
        """Note that what was sent had no effect, for a reason that passes: it counts as never sent, and goes out after a pause."""
        self.later(now_ns, pace)
        self.look = False
        self.attempts -= 1

    def unanswered(self, now_ns: int, pace: Pace, *, taken: bool) -> None:
        """Note that nobody knows what became of what was asked; `taken` says that the venue has an order of its name.

        Where nobody tells how an order stands that is to leave, its cancel is asked for again: that may get through.
        """
        self.later(now_ns, pace)
        self.look = not self.leaving
        self.taken |= taken

    def missed(self, now_ns: int, pace: Pace) -> bool:
        """Note that a look-up did not find it; return whether it is there all the same by the venue's own word, so that what is read is old."""
        self.misses += 1
        self.later(now_ns, pace)
        return self.taken and self.misses < _BEHIND_MAX

    def is_out(self, now_ns: int, pace: Pace) -> bool:
        """Say whether a request is out to which an answer may still come; one that is overdue counts as unanswered from here on."""
        if self.asked and now_ns - self.asked_ns >= pace.answer_s * NS_PER_SECOND:
            self.asked = ""
            self.look = True
        return bool(self.asked)

    def is_late(self, now_ns: int, pace: Pace) -> bool:
        """Say whether the time to send it is over."""
        return now_ns - self.born_ns >= pace.place_within_s * NS_PER_SECOND

    def trouble(self, part: Part, now_ns: int, pace: Pace) -> str:
        """Say what is asked for in vain for too long, "" where nothing is."""
        if part.leave and self.leaving and now_ns - self.since_ns >= pace.stuck_s * NS_PER_SECOND:
            return f"a cancel has been pending for {pace.stuck_s:g} s"
        if not part.venue_id and self.attempts > pace.attempts_max:
            return f"the venue does not have it, though it was sent {pace.attempts_max} times: it is sent again until it is there"
        if self.hides(part):
            return "the venue has an order of its name, and does not tell it: it is looked for, and may fill"
        return ""

    def hides(self, part: Part) -> bool:
        """Say whether the venue says to have it, and has not told it for minutes in which it was looked for."""
        return self.taken and not part.venue_id and self.misses >= _BEHIND_TOLD

    def soon(self, now_ns: int) -> None:
        """Look at once."""
        self.look, self.due_ns, self.wait_ns = True, now_ns, 0

    def confirm(self, now_ns: int, pause_s: float) -> None:
        """Look after a pause whether a cancel is done; where it is not, each is asked for later than the one before."""
        self.look, self.due_ns = True, now_ns + int(pause_s * NS_PER_SECOND)

    def rest(self, now_ns: int, pace: Pace) -> None:
        """Ask for the cancel again after the latest pause: the order still works."""
        self.wait_ns = max(self.wait_ns, int(pace.look_s * NS_PER_SECOND))
        self.look, self.due_ns = False, now_ns + self.wait_ns

    def later(self, now_ns: int, pace: Pace) -> None:
        """Look after a pause that doubles from time to time."""
        first, longest = int(pace.look_s * NS_PER_SECOND), int(pace.look_max_s * NS_PER_SECOND)
        self.wait_ns = min(max(self.wait_ns * 2, first), longest)
        self.look, self.due_ns = True, now_ns + self.wait_ns

    def set_back(self, now_ns: int) -> None:
        """Let none of its moments lie ahead: the clock was set to an earlier time."""
        self.asked_ns, self.due_ns = min(self.asked_ns, now_ns), min(self.due_ns, now_ns)
        self.sent_ns, self.born_ns = min(self.sent_ns, now_ns), min(self.born_ns, now_ns)
        self.since_ns, self.heard_ns = min(self.since_ns, now_ns), min(self.heard_ns, now_ns)
        self.looks_ns, self.looked_ns = min(self.looks_ns, now_ns), min(self.looked_ns, now_ns)
