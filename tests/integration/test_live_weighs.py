"""Members of an ensemble are weighed at the close that a live session lives through, by what they earned in it."""

import dataclasses

import pytest
from msgspec.structs import replace

from ladder_scenes import ensemble_file
from live_scenes import records, session
from loops import in_a_loop
from official_client import settings
from tenfold.app.ensemble_file import load_ensemble
from tenfold.app.exchange import open_exchange
from tenfold.app.replay import replay
from tenfold.backtesting.scoring import Member
from tenfold.domain.events import Weighed
from tenfold.domain.units import NS_PER_HOUR, NS_PER_MINUTE
from tenfold.exchange.opening import MADE_UP_START_NS
from tenfold.strategy.source import load_strategy

CLOSE_NS = MADE_UP_START_NS + 13 * NS_PER_HOUR // 2
MINUTES_A_YEAR = 252.0 * 390.0

STRATEGIES = '''
"""One is always long, the other always short."""

from tenfold.indicators import fold


@fold()
def bull(state, bar, params):
    """Be long."""
    return 1.0


@fold()
def bear(state, bar, params):
    """Be short."""
    return -1.0
'''


def opposed(folder):
    """Return an ensemble of two members, each of which earns what the other loses, for bars of minutes."""
    (folder / "opposed.py").write_text(STRATEGIES)
    folds = [load_strategy(f"{folder / 'opposed.py'}:{name}") for name in ("bull", "bear")]
    members = tuple(Member(one, {}, one.name, 0.5) for one in folds)
    found = load_ensemble(ensemble_file(folder / "ensemble.toml"))
    return dataclasses.replace(found, members=members, promises=found.promises * 2, periods=MINUTES_A_YEAR)


def test_members_are_weighed_by_their_skill_at_a_close(tmp_path, monkeypatch):
    monkeypatch.setenv("TENFOLD_LIVE__WEIGHTS", "skill")
    ensemble = opposed(tmp_path)
    begins = replace(settings(speed="60x", symbols=("AAPL",)), start_ns=CLOSE_NS - 15 * NS_PER_MINUTE)

    async def scene():
        with open_exchange(settings=begins, synthetic=True) as exchange:
            async with session(exchange, tmp_path, strategy=ensemble, rules=ensemble.rules) as one:
                await one.until(lambda: one.lines("members vote by weights of"))
                await one.ended()
                return one

    one = in_a_loop(scene())
    assert one.lines("weighed anew after each session, by the skill that they have shown")
    kept = records(tmp_path)
    (weighed,) = [event for event in kept if isinstance(event, Weighed)]
    assert weighed.ts_ns >= CLOSE_NS
    assert weighed.reason == "skill shown so far"
    assert sum(weighed.weights) == pytest.approx(1.0)
    assert (
        0.125 <= min(weighed.weights) < max(weighed.weights)
    )  # one has gained what the other lost; a quarter is shared
    assert one.shown[-1].loop.engine.weights == weighed.weights
    assert replay(tmp_path / "journal.db", "live").same
