"""Write everything that a study found as JSON: equal bytes for equal studies, wherever and by however many they were run."""

from typing import Any

import msgspec
import numpy as np

from tenfold import codec
from tenfold.research.result import StudyResult


def study_json(result: StudyResult) -> bytes:
    """Return a study as one JSON object; what is not a number is null."""
    return codec.encode(msgspec.to_builtins(result, enc_hook=_plain))


def _plain(value: Any) -> Any:
    """Return arrays as lists, numbers of NumPy as numbers, and anything else as text."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    return str(value)
