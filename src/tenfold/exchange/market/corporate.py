"""Say when corporate actions happen that replayed prices show: before trading of the first day that is affected."""

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import Bars
from tenfold.exchange.events import Corporate
from tenfold.exchange.sessions import Sessions


def corporate_actions(
    bars: Bars, column: int, sessions: Sessions, actions: NDArray[np.void] | None = None
) -> list[Corporate]:
    """Return splits and dividends of a symbol by time; of one day the split comes first, and the cash is for a share after it.

    Parameters
    ----------
    bars : dividends are those of its rows; prices that are adjusted for splits show none
    actions : records of `market.series.ACTION`, of which splits are taken where prices are raw
    """
    symbol = bars.symbols[column]
    found: list[Corporate] = []
    if actions is not None and bars.adjustment == "raw":
        for action in actions[actions["split"] != 1.0]:
            found.append(
                Corporate(ts_ns=_before(int(action["day"]), sessions), symbol=symbol, ratio=float(action["split"]))
            )
    for row in bars.rows[bars.usable[:, column] & (bars.rows["dividend"][:, column] > 0.0), column]:
        day = sessions.day_of(int(row["open_ns"]) + 1)
        found.append(Corporate(ts_ns=_before(day, sessions), symbol=symbol, cash=float(row["dividend"])))
    return sorted(found, key=lambda action: (action.ts_ns, action.cash > 0.0))


def _before(day: int, sessions: Sessions) -> int:
    """Return the beginning of the first trading day from a day on."""
    return sessions.extended(sessions.next_session(day - 1))[0]
