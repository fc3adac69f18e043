"""What a ladder is climbed with: figures that pass, records that hold, and runs that traded on a stage."""

import dataclasses
import hashlib

import numpy as np
from msgspec.structs import replace

from studies import make_study, study_bars
from tenfold import codec
from tenfold.app.ensemble_file import save_ensemble
from tenfold.app.journal_head import head_of
from tenfold.app.wiring import begin_journal, open_journal
from tenfold.domain.events import Demoted, Promoted, Started
from tenfold.domain.rules import Costs, Rules, Sizing, VoteRule
from tenfold.domain.stages import RANK, STAGES
from tenfold.registry import STRATEGIES
from tenfold.research.promotion import GATES, Standing, next_stage, standing_of

WHO = ("strategy", "rules")

RULES = Rules(costs=Costs(fee_frac=0.0002), sizing=Sizing(fraction=0.2), vote=VoteRule(quorum=1))
BARS = study_bars(1300)
"""About five years of three symbols."""


def ensemble_file(path, *, approved=True, rules=RULES):
    """Write an ensemble of one crossing that trades often, whose study passes its gates unless it was not approved."""
    fold = STRATEGIES.load("crossing")
    study = make_study(BARS, members=1, approved=approved)
    values = fold.accept({"fast": 5, "slow": 20})
    member = dataclasses.replace(
        study.members[0], family="crossing", values=values, source_hash=fold.source_hash, weight=1.0
    )
    odds = dataclasses.replace(study.odds, dsr=0.97, psr=0.99)
    entries = np.arange(0, len(BARS), 5)
    return save_ensemble(dataclasses.replace(study, members=(member,), odds=odds, entries=entries), rules, path)


def passing(stage, **changes):
    """Return figures that just pass the gate of a stage."""
    gate = GATES[stage]
    figures = {"days": float(gate.days), "trades": float(gate.trades)}
    figures |= {bound.figure: bound.least if abs(bound.least) < 1e9 else bound.most for bound in gate.bounds}
    return figures | changes


def raised(standing, number=0, **changes):
    """Return the promotion that follows on a standing, signed by its content."""
    stage = next_stage(standing.stage)
    record = Promoted(
        ts_ns=1, operator="ann", strategy=WHO[0], rules=WHO[1], origin=standing.stage, stage=stage, source="run-1",
        number=number, figures=passing(stage), after=standing.digest, key="k", signature="",
    )  # fmt: skip
    return signed(replace(record, **changes))


def lowered(standing, to, number=1):
    """Return a demotion."""
    return Demoted(
        ts_ns=2, strategy=WHO[0], rules=WHO[1], origin=standing.stage, stage=to, source="run-1", number=number,
        reason="breaker drawdown tripped",
    )  # fmt: skip


def signed(record):
    """Return a promotion with a signature that `proof` takes."""
    return replace(record, signature=_mark(codec.encode(replace(record, signature=""), "msgpack")))


def proof(content, key, signature):
    """Say why a signature does not hold, "" where it does."""
    body = content.partition(b"\n")[2]
    return "" if (key, signature) == ("k", _mark(body)) else "its signature does not hold"


def standing(records):
    """Return where the strategy stands."""
    return standing_of(records, *WHO, proof)


def climbed(to, number=1):
    """Return the records that lead up to a stage."""
    records, found = [], Standing()
    while RANK[found.stage] < RANK[to]:
        records.append(raised(found, number))
        found = standing(records)
    assert found.stage == to
    assert STAGES.index(to) == len(records)
    return records


def on_stage(target, run, name, stage, *, change=lambda records: records, **more):
    """Write a run as one of another stage into the same journal, and return its number and description."""
    kept = open_journal(str(target), run)
    try:
        description, records = kept.description, list(kept.records())
    finally:
        kept.close()
    changed = codec.encode(replace(head_of(description), stage=stage, **more), "msgpack")
    opening = replace(records[0], config_hash=hashlib.sha256(changed).hexdigest())
    assert isinstance(opening, Started)
    journal = begin_journal(str(target), name, changed)
    try:
        journal.append(change([opening, *records[1:]]))
        journal.sync()
        return journal.number, changed
    finally:
        journal.close()


def _mark(body):
    return hashlib.sha256(b"key" + body).hexdigest()
