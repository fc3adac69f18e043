"""Run a backtest with a journal: what it saw and did, record by record."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold.app.journal_head import described, started
from tenfold.app.run_name import check_name
from tenfold.app.wiring import begin_journal
from tenfold.backtesting.backtest import EngineName, Given, Opinion, Own, run_backtest
from tenfold.backtesting.eventful import TickSources
from tenfold.backtesting.run import Run
from tenfold.backtesting.scoring import Member
from tenfold.domain.bars import Bars
from tenfold.domain.errors import SettingsError
from tenfold.domain.rules import Rules


def run_journaled(
    target: str,
    name: str,
    strategy: Any,
    voters: Sequence[Member | Opinion | Given] | Own,
    bars: Bars,
    rules: Rules,
    engine: EngineName,
    members: NDArray[np.bool_] | None,
    ticks: TickSources | None = None,
) -> Run:
    """Run, with every event and command in a new run of the journal at `target`; the notes say which.

    Raises
    ------
    SettingsError
        The engine is forced to "compiled", which keeps no journal, or the run could not be replayed.
    """
    check_name(name)
    if members is not None:
        raise SettingsError("a universe cannot be replayed from a journal: leave one of them out")
    if engine == "compiled":
        raise SettingsError("the compiled path keeps no journal: use engine=auto")
    description = described(strategy, voters, bars, rules)
    journal = begin_journal(target, name, description)
    try:
        opening = started(journal.run, description, bars)
        run = run_backtest(voters, bars, rules, engine=engine, journal=journal, ticks=ticks, started=opening)
        run.notes["journal"] = {"place": journal.place, "run": journal.run, "records": journal.count}
    finally:
        journal.close()
    return run
