"""Post an operator's word to the engine that trades a run, from another process, and wait until it has acted on it."""

import getpass
import math
from typing import TYPE_CHECKING, Final

import msgspec

from tenfold.app.run_name import check_name
from tenfold.app.stopping import telling
from tenfold.app.wiring import clock, journal_file, journal_target, operator_inbox, pause
from tenfold.domain.errors import DecodeError, ParameterError, SettingsError, TenfoldError
from tenfold.domain.events import Halt, Resume

if TYPE_CHECKING:
    from tenfold.adapters.journal.inbox import Inbox

_LOOK_S: Final = 0.02
_NS: Final = 1e9


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """Say what became of a word: whether the engine has journaled it, after how many seconds, and what kept it from having an effect."""

    run: str
    place: str
    word: str
    operator: str
    taken: bool
    seconds: float
    holder: str
    hindrance: str = ""

    def lines(self) -> list[str]:
        """Return what a person reads."""
        what = {
            "halt": "entries stop, what works is cancelled, positions are closed",
            "resume": "the breakers are reset, entries go on",
        }[self.word]
        if self.taken and self.hindrance:
            return [f"{self.word} of {self.run} after {self.seconds:.2f} s resets nothing: {self.hindrance}"]
        if self.taken:
            return [f"{self.word} of {self.run} after {self.seconds:.2f} s: {what}"]
        who = f"{self.holder}, which traded it last, has not answered" if self.holder else "nobody trades it now"
        return [f"{self.word} of {self.run} is in {self.place}: {who}; it counts as soon as an engine reads it"]


def halt(target: str, run: str = "", *, reason: str, operator: str = "", wait_s: float = 2.0) -> Posted:
    """Stop entries and flatten the account of a run, by default the one of the journal at `target` that is traded, else its newest."""
    if not reason.strip():
        raise ParameterError("the reason is empty, expected e.g. --reason news: the journal keeps why")
    who = _named(operator)
    return _post(target, run, Halt(ts_ns=clock().now_ns(), operator=who, reason=_plain(reason)), "halt", who, wait_s)


def resume(target: str, run: str = "", *, operator: str = "", wait_s: float = 2.0) -> Posted:
    """Reset every latched breaker of a run."""
    who = _named(operator)
    return _post(target, run, Resume(ts_ns=clock().now_ns(), operator=who), "resume", who, wait_s)


def _hindrance(inbox: "Inbox", target: str, operator: str) -> str:
    """Return why a resumption that an engine has read resets nothing, "" where it does."""
    from tenfold.app.journal_head import head_of
    from tenfold.app.ladder import fallen
    from tenfold.research.promotion import LOWERED

    try:
        head = head_of(inbox.description)
    except DecodeError:  # of a run that was not begun here
        return ""
    names = head.rules.limits.resume_by
    if names and operator not in names:
        return f"{', '.join(names)} alone may, and this is {operator}"
    try:
        why = fallen(journal_target(target), inbox.number, inbox.description) if head.stage in LOWERED else ""
    except TenfoldError as error:
        return f"whether its strategy was demoted cannot be read ({error})"
    return f"its strategy was demoted ({why}), and it stays halted" if why else ""


def _plain(text: str) -> str:
    """Return a text that a journal can keep: what a terminal of other letters gave as bytes stands by its number."""
    return text.encode(errors="backslashreplace").decode()


def _named(operator: str) -> str:
    try:
        return _plain(operator or getpass.getuser())
    except (KeyError, OSError):
        raise SettingsError(
            "this process has no user name, expected --operator NAME: a halt says who it came from"
        ) from None


def _post(target: str, run: str, event: Halt | Resume, word: str, operator: str, wait_s: float) -> Posted:
    check_name(run)
    if not 0.0 <= wait_s < math.inf:
        raise ParameterError(f"the time to wait is {wait_s:g} s, expected 0 or more")
    inbox = operator_inbox(target or str(journal_file()), run)
    try:
        watch = clock()
        started_ns = watch.monotonic_ns()
        number = inbox.post(event)
        with telling(
            lambda: f"the {word} of {inbox.run} is posted all the same, and counts as soon as an engine reads it"
        ):
            while not (taken := inbox.taken(number)) and watch.monotonic_ns() - started_ns < wait_s * _NS:
                pause(_LOOK_S)
        seconds = (watch.monotonic_ns() - started_ns) / _NS
        return Posted(
            run=inbox.run,
            place=inbox.place,
            word=word,
            operator=operator,
            taken=taken,
            seconds=seconds,
            holder=inbox.holder,
            hindrance=_hindrance(inbox, target, operator) if taken and isinstance(event, Resume) else "",
        )
    finally:
        inbox.close()
