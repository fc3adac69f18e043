"""Describe a run for its journal: everything that its engine is built from, so that it can be built again and replayed."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from msgspec import to_builtins

import tenfold
from tenfold import codec
from tenfold.app.strategy_sources import packages_of, sources_of
from tenfold.backtesting.backtest import Given, Opinion, Own
from tenfold.backtesting.scoring import Member
from tenfold.domain.bars import Bars
from tenfold.domain.errors import DecodeError, JournalError, SettingsError, StrategyError
from tenfold.domain.events import Started
from tenfold.domain.instrument import Instrument
from tenfold.domain.rules import Rules, scaled
from tenfold.domain.stages import Stage
from tenfold.engine.engine import Engine
from tenfold.engine.exiting import ExitingEngine
from tenfold.engine.voters import FoldVoter, Voter, WindowVoter
from tenfold.kernels.fold import Fold
from tenfold.registry import STRATEGIES
from tenfold.strategy.source import load_strategy

FORMAT: Final = 1
DECIDING: Final = ("domain", "kernels", "codec.py", "strategy", "ensemble", "risk", "execution", "ledger", "engine")
"""What decides, of Tenfold's own code: another version of it need not give the same commands."""

_DIFFERS: Final = {
    "seats": "another strategy or other parameters",
    "alone": "another strategy or other parameters",
    "instruments": "other symbols or other terms of them",
    "periods": "bars of another length (--every)",
    "length_ns": "bars of another length (--every)",
    "stage": "another --stage",
    "share": "another share of the size (live.canary_frac)",
    "simulated": "market data of another kind (--account)",
}
"""What fields of a description mean for who reads that they differ."""


class _Struct(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """Refuse unknown keys."""


class Seat(_Struct, frozen=True):
    """Hold one strategy: a registered name, or the file it stands in; a fold has parameters, an object has not."""

    name: str
    weight: float
    target: str
    fold: bool
    parameters: dict[str, int | float]
    source_hash: str


class RunHead(_Struct, frozen=True):
    """Hold what an engine is built from.

    Parameters
    ----------
    alone : one strategy works its own orders
    resting : attached exits rest at the venue as orders of their own, since it attaches none
    stage : of the ladder on which it trades, None for a backtest
    share : of the size that the rules ask for
    length_ns : of its bars, 0 where `periods` alone tell it, as of what was begun before this was kept
    simulated : it is in the shadow of a market that is simulated itself
    """

    format: int
    version: str
    seats: tuple[Seat, ...]
    alone: bool
    rules: Rules
    instruments: tuple[Instrument, ...]
    columns: tuple[str, ...]
    periods: float
    resting: bool = False
    stage: Stage | None = None
    share: float = 1.0
    length_ns: int = 0
    simulated: bool = False

    @property
    def shows(self) -> Stage | None:
        """Stage of which it shows something, None where it shows nothing: a backtest, and what decided on no live data."""
        return None if self.simulated else self.stage


class RunMarket(NamedTuple):
    """Hold what a run depends on of a market whose bars are yet to come."""

    instruments: tuple[Instrument, ...]
    periods_per_year: float
    columns: tuple[str, ...] = ()
    length_ns: int = 0


def described(
    strategy: Any,
    voters: Sequence[Member | Opinion | Given] | Own,
    bars: Bars | RunMarket,
    rules: Rules,
    *,
    resting: bool = False,
    stage: Stage | None = None,
    share: float = 1.0,
    simulated: bool = False,
) -> bytes:
    """Return the description of a run; `resting`, `stage`, `share` and `simulated` as `RunHead` has them.

    `strategy` is what the user named. Raises SettingsError where something cannot be built again: scores, or an object that was
    not named by its file.
    """
    alone = isinstance(voters, Own)
    if alone and share != 1.0:
        raise SettingsError(
            "a strategy that works its own orders chooses their sizes: it cannot trade at a part of them"
        )
    listed: list[Any] = [voters] if isinstance(voters, Own) else list(voters)
    named = list(strategy) if isinstance(strategy, (list, tuple)) else [strategy] * len(listed)
    head = RunHead(
        format=FORMAT,
        version=tenfold.__version__,
        seats=tuple(_seat(voter, target) for voter, target in zip(listed, named, strict=False)),
        alone=alone,
        rules=rules,
        instruments=tuple(bars.instruments),
        columns=tuple(bars.columns),
        periods=float(bars.periods_per_year),
        resting=resting,
        stage=stage,
        share=share,
        length_ns=bars.length_ns if isinstance(bars, RunMarket) else 0,
        simulated=simulated,
    )
    return codec.encode(head, "msgpack")


def started(run: str, description: bytes, bars: Bars) -> Started:
    """Return the event that opens a run, with the hashes of what it depends on."""
    opens = bars.rows["open_ns"][0]
    first = int(opens.min()) if len(opens) else int(bars.ts_ns[0])
    return opened(run, description, min(first, int(bars.ts_ns[0])))


def opened(run: str, description: bytes, ts_ns: int, epoch: int = 1, account: str = "") -> Started:
    """Return the event that opens a run, or an epoch of it, at a moment."""
    return Started(
        ts_ns=ts_ns, run=run, epoch=epoch, config_hash=hashlib.sha256(description).hexdigest(), code_hash=code_hash(),
        account=account,
    )  # fmt: skip


def engine_of(description: bytes, opening: Started) -> Engine:
    """Return a fresh engine as the description has it.

    Raises
    ------
    JournalError
        Tenfold's code is not the one that wrote the journal, or a strategy was changed since.
    """
    if hashlib.sha256(description).hexdigest() != opening.config_hash:
        raise JournalError(f"run {opening.run} was started with another description: the journal was put together")
    if opening.code_hash != code_hash():
        version = codec.decode(dict[str, Any], description, "msgpack").get("version", "?")
        raise JournalError(
            f"run {opening.run} was written by other code of Tenfold (version {version}, here is {tenfold.__version__}): replay it "
            "with that version"
        )
    head = head_of(description)
    voters, trader = deciding(head, opening.run)
    kind = ExitingEngine if head.resting else Engine
    return kind(traded_rules(head), head.instruments, voters, head.periods, trader, head.columns)


def differences_of(one: bytes, other: bytes) -> list[str]:
    """Return in what two descriptions differ, in words; nothing where they are of the same run, by whatever versions of Tenfold."""
    ours, theirs = head_of(one), head_of(other)
    found = [name for name in RunHead.__struct_fields__ if getattr(ours, name) != getattr(theirs, name)]
    told = [_DIFFERS.get(name, name) for name in found if name not in {"version", "rules"}]
    if "rules" in found:
        told.append(
            f"other rules ({', '.join(_keys_that_differ('rules', to_builtins(ours.rules), to_builtins(theirs.rules)))})"
        )
    return list(dict.fromkeys(told))


def _keys_that_differ(key: str, one: Any, other: Any) -> list[str]:
    """Return the settings that are not the same."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return [key] if one != other else []
    return [each for name in one | other for each in _keys_that_differ(f"{key}.{name}", one.get(name), other.get(name))]


def head_of(description: bytes) -> RunHead:
    """Return what a description says; DecodeError where it is none, or one of a version that says more."""
    try:
        return codec.decode(RunHead, description, "msgpack")
    except DecodeError as error:
        raise DecodeError(
            f"what the run was begun with cannot be read ({error}): another version of Tenfold has begun it; go on with that, or with a newer one"
        ) from None


def traded_rules(head: RunHead) -> Rules:
    """Return the rules of a run at its share of their size."""
    return head.rules if head.share == 1.0 else scaled(head.rules, head.share, len(head.instruments))


def deciding(head: RunHead, run: str) -> tuple[list[Voter], Any]:
    """Return who decides in a run, fresh: voters, or none and the strategy that works its own orders; errors as `engine_of`."""
    loaded = [_loaded(seat, run) for seat in head.seats]
    if head.alone:
        return [], loaded[0]
    symbols = [instrument.symbol for instrument in head.instruments]
    voters: list[Voter] = []
    for seat, found in zip(head.seats, loaded, strict=True):
        if isinstance(found, Fold):
            params: np.ndarray[Any, np.dtype[np.void]] = found.params(found.accept(seat.parameters))
            voters.append(FoldVoter(found, params, seat.name, seat.weight, len(symbols)))
        else:
            voters.append(WindowVoter(found, seat.name, seat.weight, symbols, head.columns))
    return voters, None


def code_hash() -> str:
    """Return the hash of the code that decides."""
    root = Path(tenfold.__file__).parent
    digest = hashlib.sha256()
    for name in DECIDING:
        place = root / name
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(f"{path.relative_to(root).as_posix()} {path.stat().st_size} ".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _seat(voter: Any, target: Any) -> Seat:
    if isinstance(voter, Given):
        raise SettingsError(
            "scores cannot be replayed from a journal: give the strategy that makes them, or leave out the journal"
        )
    if isinstance(voter, Member):
        fold = voter.fold
        return Seat(
            name=voter.name,
            weight=float(voter.weight),
            target=_place(fold),
            fold=True,
            parameters=dict(voter.values),
            source_hash=fold.content_hash,
        )
    if not isinstance(target, (str, Path)):
        raise SettingsError(
            f"{voter.name} is an object, which a journal cannot build again: name it by its file, e.g. my_strategy.py:{voter.name}"
        )
    path, colon, name = _split(str(target))
    return Seat(
        name=voter.name,
        weight=float(getattr(voter, "weight", 1.0)),
        target=f"{path.resolve()}{colon}{name}",
        fold=False,
        parameters={},
        source_hash=_text_hash(path),
    )


def _place(fold: Fold) -> str:
    """Return the registered name of a fold, else the file it stands in."""
    if fold.name in STRATEGIES.places:
        shipped = STRATEGIES.load(fold.name)
        if isinstance(shipped, Fold) and shipped.content_hash == fold.content_hash:
            return fold.name
    path = Path(fold.function.__code__.co_filename)
    if not path.is_file():
        raise StrategyError(
            f"the source of {fold.name} is in no file: write it into one, and give that with the journal"
        )
    return f"{path.resolve()}:{fold.name}"


def _loaded(seat: Seat, run: str) -> Any:
    """Return a strategy, held against the hash of the one that ran."""
    path, _, _ = _split(seat.target)
    in_file = path.suffix == ".py"
    if in_file and not path.is_file():
        raise JournalError(f"{path}, where {seat.name} of run {run} stood, is gone: put it back")
    found: Any = load_strategy(seat.target) if in_file else STRATEGIES.load(seat.target)
    kept = found.content_hash if isinstance(found, Fold) and seat.fold else _text_hash(path) if in_file else ""
    if kept != seat.source_hash:
        raise JournalError(f"{path if in_file else seat.target} was changed since run {run} was written: restore it")
    return found


def _split(target: str) -> tuple[Path, str, str]:
    head, colon, tail = target.rpartition(":")
    return (Path(head), colon, tail) if head.endswith(".py") else (Path(target), "", "")


def _text_hash(path: Path) -> str:
    sources = sources_of(path)
    return hashlib.sha256(codec.encode((*sources, *packages_of(path, sources)), "msgpack")).hexdigest()
