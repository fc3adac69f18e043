"""Join two series of one symbol: new bars to those that are there, or a later name's to an earlier one's."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import BAR
from tenfold.domain.errors import DataError
from tenfold.market.adjustment import merge_actions
from tenfold.market.series import Series, encode_period

Spans = tuple[tuple[int, int], ...]


def merged(kept: Series, new: Series) -> Series:
    """Return the bars of both in order of time; of two with one time stamp the new one stays.

    Duplicates inside either of the two are left for the validation to find. Columns that one of the two lacks are
    NaN there. Raises DataError where periods or adjustments differ.
    """
    if kept.period_ns != new.period_ns:
        raise DataError(
            f"{kept.symbol} is kept as {encode_period(kept.period_ns)} bars, the new ones are "
            f"{encode_period(new.period_ns)}: they cannot be joined"
        )
    if len(kept) == 0 or len(new) == 0:
        whole = new if len(kept) == 0 else kept
        return replace(whole, fetched=united((*kept.fetched, *new.fetched)))
    _same_adjustment(kept, new.symbol, new)
    stays = ~np.isin(kept.rows["ts_ns"], new.rows["ts_ns"])
    rows = np.concatenate([kept.rows[stays], new.rows]).astype(BAR)
    columns = {}
    for name in dict.fromkeys((*kept.columns, *new.columns)):
        columns[name] = np.concatenate([_column(kept, name)[stays], _column(new, name)])
    order = np.argsort(rows["ts_ns"], kind="stable")
    return replace(
        new,
        rows=rows,
        columns=columns,
        factor=None,
        actions=merge_actions([kept.actions, new.actions]),
        actions_known=kept.actions_known and new.actions_known,
        fetched=united((*kept.fetched, *new.fetched)),
    ).take(order)


def succeeded(series: Series, later: Series, day: int) -> Series:
    """Return the rows before a day, then those of the later name from that day on."""
    _same_adjustment(series, later.symbol, later)
    before, after = series.rows["session"] < day, later.rows["session"] >= day
    rows = np.concatenate([series.rows[before], later.rows[after]])
    columns = {
        name: np.concatenate([values[before], _column(later, name)[after]]) for name, values in series.columns.items()
    }
    actions = merge_actions([series.actions, later.actions])
    return replace(series, rows=rows.astype(BAR), actions=actions, columns=columns)


def united(spans: Spans) -> Spans:
    """Return spans [start, stop) in order, those that touch or overlap as one."""
    found: list[tuple[int, int]] = []
    for start, stop in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], stop))
        else:
            found.append((start, stop))
    return tuple(found)


def absent(wanted: tuple[int, int], have: Spans) -> Spans:
    """Return the parts of a span [start, stop) that no other span covers, in order."""
    edges = united(tuple((max(start, wanted[0]), min(stop, wanted[1])) for start, stop in have))
    bounds = [wanted[0], *(edge for span in edges for edge in span), wanted[1]]
    return tuple((start, stop) for start, stop in list(pairwise(bounds))[::2] if start < stop)


def _same_adjustment(series: Series, name: str, other: Series) -> None:
    if series.adjustment != other.adjustment:
        raise DataError(
            f"{series.symbol} is stored {series.adjustment} and {name} {other.adjustment}: they cannot be joined"
        )


def _column(series: Series, name: str) -> NDArray[np.float64]:
    return series.columns.get(name, np.full(len(series), np.nan))
