"""Write everything that a study found as JSON: equal bytes for equal studies, wherever and by however many they were run."""

from typing import Any

import msgspec
import numpy as np

from tenfold import codec
from tenfold.research.result import StudyResult


def study_json(result: StudyResult) -> bytes:
    """Return a study as one JSON object; what is not a number is null.

    Where the log of trials ended is left out: that tells when it was run.
    """
    table = msgspec.to_builtins(result, enc_hook=_plain)
    table["notes"] = {name: value for name, value in table["notes"].items() if not name.startswith("trial log")}
    return codec.encode(table)


def _plain(value: Any) -> Any:
    """Return arrays as lists, numbers of NumPy as numbers, and anything else as text."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    return str(value)
