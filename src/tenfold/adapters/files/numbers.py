"""Read numbers as people write them: decimal commas, thousands separators, currency signs, K, M and B."""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.domain.errors import DataError

_ABSENT: Final = ("", "-", "--", ".", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "?")
_SCALES: Final = {"k": 1e3, "m": 1e6, "b": 1e9}
_THOUSANDS_COMMA: Final = r"^[-+]?\d{1,3}(,\d{3})+(\.\d*)?$"
_THOUSANDS_POINT: Final = r"^[-+]?\d{1,3}(\.\d{3})+(,\d*)?$"


def decimal_comma(columns: list[pl.Series]) -> bool:
    """Say whether the numbers of these columns use a comma before the decimals.

    They do where a comma stands without being a thousands separator, or after points.
    """
    text = pl.concat([column.str.strip_chars(" $€£'") for column in columns])
    comma = text.filter(text.str.contains(",", literal=True))
    if len(comma) == 0:
        return False
    if comma.str.contains(r"\..*,").any():
        return True
    if comma.str.contains(_THOUSANDS_COMMA).all():
        return False
    return not text.str.contains(r"^[^,]*\.[^,]*$").any()


def read_numbers(column: pl.Series, lines: list[int], *, comma: bool, where: str, name: str) -> NDArray[np.float64]:
    """Return a column of text as floats, NaN where a value is absent.

    Raises DataError that names the first line whose value is no number.
    """
    direct = column.cast(pl.Float64, strict=False)
    if direct.null_count() == 0 and not comma:
        return direct.to_numpy().astype(np.float64)
    text = column.str.strip_chars(" $€£'\"%").str.to_lowercase()
    absent = text.is_in(_ABSENT)
    unit = text.str.extract(r"\d *([kmb])$")
    plain = text.str.replace(r" *[kmb]$", "").str.replace_all(r"[ '_\x{a0}\x{202f}]", "")
    if comma:
        grouped = plain.str.contains(_THOUSANDS_POINT)
        plain = _where(grouped, plain.str.replace_all(".", "", literal=True), plain).str.replace(",", ".", literal=True)
    else:
        grouped = plain.str.contains(_THOUSANDS_COMMA)
        plain = _where(grouped, plain.str.replace_all(",", "", literal=True), plain)
    numbers = plain.cast(pl.Float64, strict=False)
    bad = (numbers.is_null() & ~absent).to_numpy()
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise DataError(f"{where} line {lines[at]} has {str(column[at])[:40]!r} as {name}, expected a number")
    values = numbers.fill_null(float("nan")).to_numpy().astype(np.float64).copy()
    values[absent.to_numpy()] = np.nan
    for letter, scale in _SCALES.items():
        values[(unit == letter).fill_null(False).to_numpy()] *= scale
    return values


def _where(mask: pl.Series, yes: pl.Series, no: pl.Series) -> pl.Series:
    return pl.select(pl.when(mask).then(yes).otherwise(no)).to_series()
