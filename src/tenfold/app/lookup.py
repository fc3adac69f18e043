"""Find a strategy: by its name in the registry, or in a user's own file."""

import re
from typing import Final

from tenfold.domain.errors import StrategyError
from tenfold.kernels.fold import Fold
from tenfold.registry import STRATEGIES
from tenfold.strategy.source import load_strategy

_FILE: Final = re.compile(r"\.py(:\w*)?$|[/\\]")


def find_strategy(target: str) -> Fold:
    """Return the strategy of a name such as `crossing`, or of `my_strategy.py` or `my_strategy.py:name`.

    Raises
    ------
    UnknownNameError
        There is no such name, file or strategy in the file.
    StrategyError
        What is there is no fold.
    """
    if _FILE.search(target):
        return load_strategy(target)
    found = STRATEGIES.load(target)
    if not isinstance(found, Fold):
        raise StrategyError(f"strategy {target} is a {type(found).__name__}, expected a function declared by @fold")
    return found
