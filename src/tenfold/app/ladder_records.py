"""Keep the records of the ladder in a run of their own in a journal, and tell whose they are."""

import hashlib
from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec.structs import replace

from tenfold import codec
from tenfold.app import secrets, wiring
from tenfold.app.journal_head import Seat
from tenfold.domain.errors import JournalError, UnknownNameError
from tenfold.domain.events import Demoted, Promoted
from tenfold.domain.rules import Account, Costs, Matching, Rules
from tenfold.research.promotion import Standing, signed_content, standing_of

RUN: Final = ".ladder"
"""Run of the journal that holds them: a name with a point in front is nobody's newest run."""
_HEAD: Final = b"tenfold ladder 1"
_ATTEMPTS: Final = 20


class Climber(NamedTuple):
    """Tell a strategy under its rules from all others: hashes of who votes on which symbols, and of the rules."""

    strategy: str
    rules: str


def climber_of(seats: Iterable[Seat], symbols: Iterable[str], rules: Rules) -> Climber:
    """Return who climbs: the code, parameters and weights of the voters and the symbols; sizes, limits, vote, entries and exits.

    What the venue and the account decide is left out: costs, conventions, cash.
    """
    voters = [[seat.source_hash, sorted(seat.parameters.items()), seat.weight, *_chosen(seat)] for seat in seats]
    account = replace(rules.account, cash=Account().cash)
    kept = replace(rules, costs=Costs(), matching=Matching(), account=account)
    return Climber(_hash([voters, sorted(symbols)]), _hash(kept))


def _chosen(seat: Seat) -> list[str]:
    """Return the name of the object that was chosen in a file, whose hash is that of all that it holds; a fold has one of its own."""
    path, _, name = seat.target.rpartition(":")
    return [name] if path.endswith(".py") and not seat.fold else []


def read_records(target: str) -> list[Promoted | Demoted]:
    """Return what a journal holds of all ladders, in order; none where it has no journal yet.

    Raises JournalError where it was damaged: then nothing counts.
    """
    try:
        journal = wiring.open_journal(target, RUN)
    except UnknownNameError:
        return []
    try:
        return [record for record in journal.records() if isinstance(record, Promoted | Demoted)]
    finally:
        journal.close()


def add_record(target: str, record: Promoted | Demoted) -> None:
    """Append a record, durably; JournalError where others write all the time."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            journal = wiring.open_journal(target, RUN)
        except UnknownNameError:
            journal = wiring.begin_journal(target, RUN, _HEAD)
        try:
            journal.append([record])
            journal.sync()
        except JournalError:
            if attempt == _ATTEMPTS:
                raise
        else:
            return
        finally:
            journal.close()


def standing_in(target: str, climber: Climber) -> Standing:
    """Return where a strategy under its rules stands by the records of a journal."""
    return standing_of(read_records(target), *climber, secrets.operator_refutes)


def signed_record(record: Promoted) -> Promoted:
    """Return a promotion with the operator's signature."""
    named = replace(record, key=secrets.operator_key_id(), signature="")
    return replace(named, signature=secrets.operator_signature(signed_content(named)))


def _hash(value: object) -> str:
    return hashlib.sha256(codec.encode(value, "msgpack")).hexdigest()
