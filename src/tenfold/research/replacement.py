"""Replace the worst member of an ensemble, only by one that takes its seat through the gates."""

from collections.abc import Sequence
from dataclasses import dataclass

from tenfold.research.gates import Check


@dataclass(frozen=True)
class Seat:
    """Hold one member: its name, its fitness now beside the other members, and whether it was demoted for drift."""

    name: str
    fitness: float
    demoted: bool = False


@dataclass(frozen=True)
class Candidate:
    """Hold one that could take the worst member's seat.

    `fitness` is measured beside the members that stay; `checks` are the gates of the ensemble with it in that seat.
    """

    name: str
    fitness: float
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether it was held against gates, and passed all of them."""
        return bool(self.checks) and all(check.passed for check in self.checks)


@dataclass(frozen=True)
class Replacement:
    """Hold who leaves and who comes, None where nothing changes, and the sentence that says why."""

    leaves: str | None
    comes: str | None
    words: str


def worst_seat(seats: Sequence[Seat]) -> Seat:
    """Return the member that would go first: one that was demoted, else the least fit; the later one of equals."""
    return min(reversed(seats), key=lambda seat: (not seat.demoted, seat.fitness))


def replacement(seats: Sequence[Seat], candidates: Sequence[Candidate], margin: float = 0.0) -> Replacement:
    """Return the change to an ensemble: the worst member goes where a fitter candidate passes every gate in its seat.

    Parameters
    ----------
    seats : the members, at least one
    candidates : none of them a member
    margin : what a candidate's fitness must exceed that of a member that was not demoted by
    """
    worst = worst_seat(seats)
    through = [candidate for candidate in candidates if candidate.passed]
    if not candidates:
        return Replacement(None, None, f"{worst.name} stays: there is no candidate")
    if not through:
        nearest = max(candidates, key=lambda candidate: candidate.fitness)
        missed = next((check.words for check in nearest.checks if not check.passed), "it was held against no gate")
        return Replacement(None, None, f"{worst.name} stays: no candidate passes the gates ({nearest.name}: {missed})")
    best = max(through, key=lambda candidate: candidate.fitness)
    if worst.demoted and best.fitness > 0.0:
        return Replacement(worst.name, best.name, f"{worst.name} was demoted, and {best.name} passes every gate")
    if best.fitness > worst.fitness + margin:
        words = f"{best.name} has a fitness of {best.fitness:.2f}, {worst.name} one of {worst.fitness:.2f}"
        return Replacement(worst.name, best.name, words)
    words = f"{worst.name} stays: {best.name}, the best that passes, has a fitness of {best.fitness:.2f}, not above {worst.fitness:.2f}"
    return Replacement(None, None, words)
