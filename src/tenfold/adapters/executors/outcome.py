"""Carry what a piece of work came to out of the worker, errors included, as bytes that the other side can always read."""

import pickle
import traceback
from collections.abc import Callable
from typing import Any


def outcome(work: Callable[[], Any]) -> bytes:
    """Run a piece and return its result or its error, to be handed to `result_of`."""
    try:
        return pickle.dumps((True, work()), protocol=5)
    except Exception as error:
        return _failure(error)


def result_of(content: bytes) -> Any:
    """Return the result, or raise the error as it was raised in the worker, with a note of the place."""
    done, value = pickle.loads(content)  # noqa: S301 -- from our own workers
    if not done:
        raise value
    return value


def _failure(error: Exception) -> bytes:
    """Return an error that pickles; one that does not is told as text."""
    where = "".join(traceback.format_exception(error))
    error.add_note(f"in a worker:\n{where}")
    try:
        content = pickle.dumps((False, error), protocol=5)
        pickle.loads(content)  # noqa: S301 -- an error whose constructor wants more arguments fails only here
    except Exception:
        return pickle.dumps((False, RuntimeError(f"a worker failed: {where}")))
    return content
