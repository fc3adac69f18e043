"""What the screen says of votes: how each stands, and how much of the weight stands behind it."""

import numpy as np
import pytest
from msgspec.structs import replace

from tenfold.app.facade import rules_of
from tenfold.app.live.paper import Shown
from tenfold.app.live.screen import SYMBOLS_SHOWN, rows_of
from tenfold.domain.events import PositionRestated
from tenfold.engine.engine import Engine
from tenfold.engine.live_loop import LiveLoop
from tenfold.engine.voters import GivenVoter
from tenfold.execution.blotter import Blotter
from tenfold.market.synthetic import random_walk
from tenfold.simulation.feed import BarFeed
from tenfold.simulation.journal import NullJournal

SYMBOLS = ("AAA", "BBB")


def rows_after(ballots, *, missing=(), symbols=SYMBOLS, held=()):
    """Return the rows of the screen after bars on which ten members voted so on each symbol; `missing` have no bar on the last."""
    bars, rules = random_walk(len(ballots), symbols, seed=3), rules_of("none", "alpaca")
    given = np.repeat(np.array(ballots, float)[:, :, None], len(symbols), axis=2)
    voters = [GivenVoter(given[:, member], f"m{member}", 1.0) for member in range(given.shape[1])]
    engine = Engine(rules, bars.instruments, voters, 252.0)
    for symbol in held:
        engine.step(PositionRestated(ts_ns=1, symbol=symbol, lots=-10, cost_units=-1_000_000_000))
    *before, last = BarFeed(bars).events()
    last = replace(last, bars=tuple(bar for bar in last.bars if bar.symbol not in missing), missing=tuple(missing))
    for moment in (*before, last):
        engine.step(moment)
    loop = LiveLoop(engine, Blotter(bars.instruments, rules.account.cash), NullJournal())
    return {row[0]: row for row in rows_of(Shown(loop, last, len(ballots), len(ballots), 1e6, ""))}


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ([1] * 7 + [-1] * 3, ("long", "70%", "m7 and 2 more of 10")),
        (
            [1] * 4 + [-1] * 5 + [0],
            ("long", "40%", "m4 and 4 more of 10"),
        ),  # held by the fewer, until the others are six
        ([1] * 3 + [-1] * 5 + [0] * 2, ("flat", "50%", "m0 and 7 more of 10")),
    ],
)
def test_the_share_is_that_of_the_side_that_is_held(after, told):
    assert rows_after([[1] * 10, after])["AAA"][3:6] == told


def test_the_vote_of_a_symbol_without_a_bar_is_that_of_its_last_one():
    rows = rows_after([[1] * 10, [1] * 10], missing=("BBB",))
    assert rows["AAA"][3:6] == ("long", "100%", "-")
    assert rows["BBB"][3:6] == ("long", "-", "-")


@pytest.mark.parametrize(("count", "last"), [(1, "and 20 more"), (SYMBOLS_SHOWN + 3, "and 20 more (3 held)")])
def test_what_is_held_is_shown_before_what_is_not(count, last):
    symbols = [f"S{number:02}" for number in range(SYMBOLS_SHOWN + 20)]
    held = symbols[-count:]
    rows = rows_after([[1] * 10] * 2, symbols=symbols, held=held)
    assert len(rows) == SYMBOLS_SHOWN + 1
    assert list(rows) == [*sorted([*held, *symbols][:SYMBOLS_SHOWN]), last]
