"""Describe a set of bars: what the catalogue writes into its file, beside the rows."""

from pathlib import Path

import msgspec

from tenfold.adapters.parquet.storage import read_description
from tenfold.codec import decode
from tenfold.domain.errors import DataError, DecodeError
from tenfold.market.quality_report import QualityReport
from tenfold.market.series import Series, encode_period


class SetInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Describe one set of the catalogue; `quality` is the report of its validation at the import."""

    symbol: str
    period: str
    adjustment: str
    actions_known: bool
    calendar: str
    timezone: str
    stamp: str
    label: str
    notes: tuple[str, ...]
    quality: QualityReport
    fetched: tuple[tuple[int, int], ...] = ()


def set_info(series: Series, report: QualityReport) -> SetInfo:
    """Return the description of a series with the report of its validation."""
    return SetInfo(
        symbol=series.symbol,
        period=encode_period(series.period_ns),
        adjustment=series.adjustment,
        actions_known=series.actions_known,
        calendar=series.calendar,
        timezone=series.timezone,
        stamp=series.stamp,
        label=series.label,
        notes=series.notes,
        quality=report,
        fetched=series.fetched,
    )


def described(path: Path) -> SetInfo:
    """Return the description of a set; one of another layout is data to import again, not a key to mend."""
    try:
        return decode(SetInfo, read_description(path))
    except DecodeError as error:
        raise DataError(
            f"{path} was stored in another layout ({' '.join(str(error).split())}); import the set again"
        ) from None
