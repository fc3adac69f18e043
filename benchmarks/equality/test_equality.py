"""Trade every scene on a peer and on Tenfold in this one process; runs in the environment of the peers alone.

python benchmarks/equality/run.py
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import differences
import in_backtesting
import in_tenfold
import in_vectorbt
import markets
import pytest
from outcome import Outcome, compare

from scenes import SCENES, Platform, Scene

PRICES = 1e-10
EQUITY = 1e-7
"""Relative; money in Tenfold is whole millionths of a dollar a share, which 10,000 shares of a dollar show."""

ADAPTERS = {"backtesting.py": in_backtesting, "vectorbt": in_vectorbt}
PAIRS = [(scene, peer) for scene in SCENES for peer in scene.peers]
SOURCES = ["twin", *(["real"] if markets.folder() else [])]
TERMS = ("order", "offset", "stop", "target", "trail", "fee", "slippage", "fraction", "quantity")
RECORD: dict[str, Any] = {"scenes": [], "differences": [], "twins": {}}


@pytest.fixture(scope="module", autouse=True)
def written() -> Any:
    """Write what was found where the runner asked for it."""
    yield
    if "EQUALITY_RECORD" in os.environ:
        for symbol in sorted({scene.symbol for scene in SCENES}):
            bars = market(symbol, "twin")
            prices = [values.tolist() for values in (bars.open, bars.high, bars.low, bars.close)]
            RECORD["twins"][symbol] = {"period_s": bars.period_s, "currency": bars.currency, "prices": prices}
        Path(os.environ["EQUALITY_RECORD"]).write_text(json.dumps(RECORD))


@cache
def market(symbol: str, source: str) -> markets.Market:
    where = markets.folder()
    return markets.twin(symbol) if source == "twin" or where is None else markets.real(symbol, where)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("scene", "peer"), PAIRS, ids=lambda one: one.name if isinstance(one, Scene) else one)
def test_trades_and_equity_are_equal(scene: Scene, peer: Platform, source: str) -> None:
    bars = market(scene.symbol, source)
    directions = scene.directions(bars, peer)
    theirs: Outcome = ADAPTERS[peer].trade(scene, bars, directions)
    ours = in_tenfold.trade(scene, bars, directions, peer, "compiled")
    if source == "twin":  # both paths agree, which other tests hold at length
        assert in_tenfold.trade(scene, bars, directions, peer, "event") == ours
    found = compare(ours, theirs, PRICES)
    RECORD["scenes"].append(
        {"scene": scene.name, "symbol": scene.symbol, "peer": peer, "source": source, "bars": len(bars.close),
         "terms": {name: getattr(scene, name) for name in TERMS if getattr(scene, name)},
         **found.record(), "directions": directions.tolist(), "trades": theirs.trips, "final": theirs.equity}
    )  # fmt: skip
    assert found.trips >= (3 if source == "twin" else 25)
    assert (found.differing, found.equity <= EQUITY) == (0, True), found


@pytest.mark.parametrize("peer", ADAPTERS)
def test_the_profile_is_what_makes_them_equal(peer: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under `generic` some scenes differ, so that equality under the profile says something."""
    monkeypatch.setattr(in_tenfold, "profile_of", lambda name, **sections: generic(**sections))
    apart = 0
    for scene in [one for one in SCENES if peer in one.peers]:
        bars = market(scene.symbol, SOURCES[-1])
        directions = scene.directions(bars, peer)
        ours = in_tenfold.trade(scene, bars, directions, peer, "compiled")
        apart += compare(ours, ADAPTERS[peer].trade(scene, bars, directions), PRICES).differing > 0
    assert apart >= 2


def generic(**sections: Any) -> Any:
    from tenfold.simulation.profiles import profile_of

    return profile_of("generic", **sections)


@pytest.mark.parametrize("one", differences.DIFFERENCES, ids=lambda one: f"{one.platform}: {one.name}")
def test_what_is_not_copied_is_shown(one: differences.Difference) -> None:
    theirs, ours = one.theirs(), one.ours()
    assert [pytest.approx(row) for row in one.expected[0]] == list(theirs)
    assert [pytest.approx(row) for row in one.expected[1]] == list(ours)
    RECORD["differences"].append(
        {"peer": one.platform, "name": one.name, "why": one.why, "theirs": theirs, "ours": ours}
    )


@pytest.mark.parametrize("platform", ADAPTERS)
@pytest.mark.filterwarnings("ignore")
def test_what_the_page_shows_of_a_platform_runs(platform: str) -> None:
    """Their half of `docs/how-to/coming-from.md`, on bars that the page calls `prices`."""
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "coming-from.md").read_text()
    block = page.split(f"\n## {platform}\n")[1].split("```python\n")[1].split("```")[0]
    exec(compile(block, platform, "exec"), {"prices": in_backtesting.frame_of(market("GOOG", SOURCES[-1]))})  # noqa: S102
