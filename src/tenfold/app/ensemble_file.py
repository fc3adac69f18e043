"""Save and load an ensemble: one signed, versioned file, `ensemble.toml`, that backtest, paper and live take.

How it works. The file is TOML that a person can read. Its signature covers the values, not their layout: an added comment
is no change, a digit of a weight is one. Loading refuses, in this order, what is no such file, another version, another
signature, and strategies whose source is not that which was tested.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import numpy as np
from msgspec import Meta
from msgspec.structs import replace

from tenfold import codec
from tenfold.app import secrets
from tenfold.app.ensemble import Ensemble, Promise
from tenfold.app.gate_file import gate_table, gates_of
from tenfold.app.settings import load_settings
from tenfold.app.strategy_sources import SourceFile, placed, sources_of, unchanged
from tenfold.app.writing import write_whole
from tenfold.backtesting.scoring import Member
from tenfold.domain.errors import DataError, DecodeError, StrategyError, UnknownNameError
from tenfold.domain.rules import Rules
from tenfold.domain.stages import Stage
from tenfold.kernels.fold import FOLDS, Fold
from tenfold.registry import STRATEGIES
from tenfold.research.evidence import study_figures
from tenfold.research.gates import Check
from tenfold.research.result import Chosen, Odds, StudyResult
from tenfold.strategy.source import load_strategy

FORMAT: Final = 1
METHOD: Final = "HMAC-SHA256"


class _Struct(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Refuse unknown keys."""


class Entry(_Struct, frozen=True):
    """Hold one member as the file has it.

    `strategy` is a registered name, or the name of a fold in the file `path`, whose text and that of its neighbours stand in
    `sources`; `mean` and `deviation` are of its net returns per bar out of sample.
    """

    name: str
    strategy: str
    parameters: dict[str, int | float]
    source_hash: str
    weight: Annotated[float, Meta(gt=0)]
    mean: float
    deviation: float
    path: str = ""
    sources: tuple[SourceFile, ...] = ()


class Content(_Struct, frozen=True):
    """Hold everything that is signed."""

    format: int
    created: str
    approved: bool
    verdict: str
    label: str
    symbols: tuple[str, ...]
    digest: str
    end_ns: int
    periods: float
    seed: int
    ledger_head: str
    members: tuple[Entry, ...]
    rules: Rules
    gates: dict[str, float | int | str]
    checks: tuple[Check, ...]
    odds: Odds
    dossier: dict[str, str]
    evidence: dict[Stage, dict[str, float]] = {}
    adjustment: str = ""


def save_ensemble(
    result: StudyResult,
    rules: Rules,
    path: Path,
    *,
    created: str = "",
    verdict: str = "",
    ledger_head: str = "",
    dossier: Sequence[Path] = (),
    adjustment: str = "",
) -> Path:
    """Write the ensemble of a study and return where it is.

    Parameters
    ----------
    rules : that it was tested under and will trade under
    created : moment of writing, as text
    verdict : what was found, in words
    ledger_head : hash of the last record of the trial ledger
    dossier : files beside it, whose hashes it carries
    adjustment : of the prices that it was studied on, "" where nothing was to be adjusted

    Raises
    ------
    DataError
        The study proposes no members.
    StrategyError
        A member's source is in no file.
    """
    if not result.members:
        raise DataError("the study found no members: there is no ensemble to save")
    content = Content(
        format=FORMAT,
        created=created,
        approved=result.approved,
        verdict=verdict,
        label=result.label,
        symbols=result.symbols,
        digest=result.digest,
        end_ns=int(result.ts_ns[-1]),
        periods=float(result.periods),
        seed=result.seed,
        ledger_head=ledger_head,
        members=tuple(_entry(one, f"{number}_{one.family}", result) for number, one in enumerate(result.members, 1)),
        rules=rules,
        gates=gate_table(result.gates),
        checks=result.checks,
        odds=result.odds,
        dossier={file.name: _hash(file) for file in dossier},
        evidence=study_figures(result),
        adjustment=adjustment,
    )
    body = codec.decode(dict[str, Any], codec.encode(content, "toml"), "toml")  # as a reader finds it
    signature = {"method": METHOD, "key": secrets.key_id(), "value": secrets.sign(_canonical(body))}
    return write_whole(path, codec.encode(body | {"signature": signature}, "toml"))


def load_ensemble(path: Path | str) -> Ensemble:
    """Return the ensemble of a file.

    Raises
    ------
    UnknownNameError
        There is no such file.
    DataError
        It is no ensemble, of another version, or was changed since it was signed.
    StrategyError
        A strategy is not the one that was tested.
    """
    place = Path(path)
    content = _verified(place)
    _check_dossier(place, content.dossier)
    return Ensemble(
        path=place,
        created=content.created,
        approved=content.approved,
        verdict=content.verdict,
        label=content.label,
        symbols=content.symbols,
        digest=content.digest,
        end_ns=content.end_ns,
        periods=content.periods,
        ledger_head=content.ledger_head,
        members=tuple(_member(entry, place) for entry in content.members),
        promises=tuple(Promise(entry.mean, entry.deviation) for entry in content.members),
        rules=content.rules,
        gates=gates_of(dict(content.gates)),
        checks=content.checks,
        odds=content.odds,
        evidence=content.evidence,
        adjustment=content.adjustment,
    )


def _verified(path: Path) -> Content:
    """Return the content of a file whose version and signature hold."""
    if not path.is_file():
        raise UnknownNameError(f"there is no file {path}")
    try:
        body = codec.decode(dict[str, Any], path.read_bytes(), "toml")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    except DecodeError as error:
        raise DataError(f"{path}: {error}") from None
    signature = body.pop("signature", None)
    version = body.get("format")
    if version is None or not isinstance(signature, dict):
        raise DataError(f"{path} is no ensemble: it has no format or no signature; `tenfold research` writes one")
    if version != FORMAT:
        raise DataError(f"{path} has format {version}, expected {FORMAT}: run the research again with this version")
    if signature.get("key") != secrets.key_id():
        raise DataError(
            f"{path} was signed with another key ({signature.get('key')}, here is {secrets.key_id()}): give that key in "
            f"{secrets.VARIABLE}, or run the research here"
        )
    if not secrets.signed(_canonical(body), str(signature.get("value"))):
        raise DataError(f"{path} was changed since it was signed: restore it, or run the research again")
    return codec.convert(Content, body)


def _canonical(body: Mapping[str, Any]) -> bytes:
    """Return the values of a table as bytes that do not depend on its layout."""
    return msgspec.msgpack.Encoder(order="deterministic").encode(body)


def _check_dossier(path: Path, dossier: Mapping[str, str]) -> None:
    """Refuse a file of evidence that was changed; one that was left behind is no matter."""
    for name, known in dossier.items():
        beside = path.parent / name
        if beside.is_file() and _hash(beside) != known:
            raise DataError(f"{beside} was changed since {path} was signed: restore it, or remove it")


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _entry(one: Chosen, name: str, result: StudyResult) -> Entry:
    tested = one.returns[np.isfinite(result.oos)]
    record = tested if len(tested) > 1 else one.returns
    entry = Entry(
        name=name,
        strategy=one.family,
        parameters=one.values,
        source_hash="",
        weight=float(one.weight),
        mean=float(record.mean()),
        deviation=float(record.std(ddof=1)),
    )
    shipped = STRATEGIES.load(one.family) if one.family in STRATEGIES.places else None
    if isinstance(shipped, Fold) and shipped.source_hash == one.source_hash:
        return replace(entry, source_hash=shipped.content_hash)
    fold = FOLDS.get(one.source_hash)
    path = None if fold is None else Path(fold.function.__code__.co_filename)
    if fold is None or path is None or not path.is_file():
        raise StrategyError(
            f"the source of {one.family} is in no file: write it into one, and give that to the research"
        )
    if fold.function.__module__ == "__main__":  # loading the ensemble would run the script again
        raise StrategyError(
            f"{one.family} stands in the script that is running: write it into a file of its own, and give that to the research"
        )
    return replace(entry, path=str(path), sources=sources_of(path), source_hash=fold.content_hash)


def _member(entry: Entry, file: Path) -> Member:
    """Return a voter, its strategy loaded and held against what was tested."""
    if entry.sources:
        path = Path(entry.path)
        if path.is_file():
            if not unchanged(entry.sources, path):
                raise StrategyError(f"{path} was changed since {file} was made: restore it, or run the research again")
        else:
            path = placed(entry.sources, load_settings().folder / "sources")
        fold = load_strategy(f"{path}:{entry.strategy}")
    else:
        fold = STRATEGIES.load(entry.strategy)
    if not isinstance(fold, Fold) or fold.content_hash != entry.source_hash:
        raise StrategyError(
            f"strategy {entry.strategy} is not the one that {file} was made with (another version of it, of Tenfold or of "
            "Python): run the research again"
        )
    return Member(fold, fold.accept(entry.parameters), entry.name, entry.weight)
