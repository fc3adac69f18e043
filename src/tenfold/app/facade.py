"""Backtest and sweep in one call: what a notebook and the command line use."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import to_builtins
from msgspec.structs import replace
from numpy.typing import ArrayLike, NDArray

from tenfold.app.counting import Counter, count_run
from tenfold.app.ensemble import Ensemble
from tenfold.app.ensemble_file import load_ensemble
from tenfold.app.ensemble_watch import ensemble_notes
from tenfold.app.journaling import run_journaled
from tenfold.app.result import Result
from tenfold.app.sweep_result import SweepResult
from tenfold.app.symbol_names import check_restricted
from tenfold.app.tick_market import BOOK, TickMarket
from tenfold.backtesting.backtest import EngineName, Given, Opinion, Own, run_backtest
from tenfold.backtesting.scoring import Member
from tenfold.backtesting.sweep import grid_of, run_sweep
from tenfold.codec import convert
from tenfold.domain.bars import Bars
from tenfold.domain.errors import DataError, ParameterError, SettingsError, StrategyError, UnknownNameError
from tenfold.domain.parameters import Integer
from tenfold.domain.rules import Rules
from tenfold.kernels.fold import Fold
from tenfold.market.before_close import decided_on
from tenfold.market.universe import Universe
from tenfold.registry import STRATEGIES
from tenfold.risk.limits import limits_of
from tenfold.simulation.profiles import profile_of
from tenfold.strategy.source import load_strategy

GRID_POINTS = 20
"""Values a parameter takes in a sweep where none are given."""


def backtest(
    strategy: Any = None,
    bars: "Bars | TickMarket | None" = None,
    *,
    scores: ArrayLike | None = None,
    params: Mapping[str, Any] | Sequence[Mapping[str, Any] | None] | None = None,
    weights: Sequence[float] | None = None,
    rules: Rules | str | None = None,
    venue: str = "generic",
    engine: EngineName = "auto",
    universe: Universe | None = None,
    name: str = "",
    journal: str | Path | None = None,
) -> Result:
    """Trade one strategy, or the vote of up to ten, over bars.

    Parameters
    ----------
    strategy : a name ("crossing"), a fold, the path of a Python file, an object with `on_bar(window)`, or a list
        of those; or one object with `on_event(event, view)` that works its own orders; or the file of an ensemble
        ("ensemble.toml"), which brings parameters, weights and rules; leave it out where `scores` are given
    bars : what to trade; see `load_bars` and `sample_bars`; or ticks with the bars that they make, between which orders work in their
        book; see `tenfold.app.tick_data.load_ticks`
    scores : (T, S), or (T, S, K) for an ensemble, in [-1, 1]; NaN abstains
    params : parameters by name; for an ensemble one mapping (or None) a member
    weights : positive weight of each member, equal by default
    rules : `Rules`, or the name of a profile of limits ("none", "research", "live")
    venue : conventions and costs of a platform by name ("alpaca", "lean", "backtesting.py", "vectorbt"), under default rules;
        `tenfold.simulation.profiles.profile_of` makes whole `Rules` of one
    engine : "auto", "compiled" or "event"; both paths give the same fills and the same money
    universe : which symbols may be held at each bar; see `tenfold.market.universe.top_universe`
    name : what the result is called
    journal : a file, or an address of PostgreSQL, to which every event and command is written; `tenfold replay` repeats them

    Raises
    ------
    UserError
        In one line: what was found, what was expected and what to do.
    """
    ticks = bars if isinstance(bars, TickMarket) else None
    bars = checked_bars(bars if ticks is None else ticks.bars)
    if (strategy is None) == (scores is None):
        raise StrategyError("give either a strategy or scores")
    if strategy is None and params is not None:
        raise ParameterError("params belong to a strategy, and scores have none: leave them out")
    strategy = _opened(strategy)
    voters: Sequence[Member | Opinion | Given] | Own
    if strategy is None:
        voters = _given_voters(_numbers(scores), weights)
    else:
        voters = _own(strategy, params, weights) or _voters(strategy, params, weights)
    if isinstance(strategy, Ensemble) and rules is None and venue == "generic":
        rules = strategy.rules
    members = None if universe is None else universe.members
    played = None if ticks is None else ticks.ticks
    chosen = rules_of(rules, venue)
    check_restricted(chosen.limits, bars.symbols)
    bars = decided_on(bars, chosen)
    if journal is None:
        run = run_backtest(voters, bars, chosen, engine=engine, members=members, ticks=played)
    else:
        run = run_journaled(str(journal), name, strategy, voters, bars, chosen, engine, members, played)
    if ticks is not None:
        run.notes[BOOK] = dict(ticks.kinds)
    if universe is not None:
        run.notes["universe"] = universe.label
    if isinstance(strategy, Ensemble):
        run.notes["ensemble"] = ensemble_notes(strategy, run)
    run.notes["name"] = name or " + ".join(run.members)
    count_run(run, voters, members)
    return Result(run)


def sweep(
    strategy: Any,
    bars: Bars,
    *,
    grid: Mapping[str, Iterable[Any]] | None = None,
    rules: Rules | str | None = None,
    venue: str = "generic",
    progress: Callable[[int, int], None] | None = None,
    threads: int | None = None,
) -> SweepResult:
    """Trade every combination of parameter values, each alone, on all cores.

    `grid` gives values by parameter, the others stay at their defaults; without it the first two parameters take 20
    values each over their spaces. `progress(done, total)` is called as it goes.
    """
    fold = resolve(strategy)
    if not isinstance(fold, Fold):
        raise StrategyError(
            f"a sweep needs a function declared by @fold, found a {type(fold).__name__}: call backtest(...) for each of its values"
        )
    bars = checked_bars(bars)
    if grid is not None and not isinstance(grid, Mapping):
        raise ParameterError(
            f"grid is a {type(grid).__name__}, expected values by parameter, e.g. {{'fast': [5, 10, 20]}}"
        )
    points = grid_of(fold, default_grid(fold) if grid is None else grid)
    counter = Counter()
    swept = run_sweep(fold, points, bars, rules_of(rules, venue), threads=threads, progress=progress, record=counter)
    counter.note(swept.notes)
    return SweepResult(swept)


def default_grid(fold: Fold) -> dict[str, list[int | float]]:
    """Return values over the spaces of the first two parameters, duplicates left out."""
    chosen: dict[str, list[int | float]] = {}
    for name, parameter in list(fold.parameters.items())[:2]:
        low, high = float(parameter.low), float(parameter.high)
        if parameter.log and low > 0:
            spread: NDArray[np.float64] = np.geomspace(low, high, GRID_POINTS)
        else:
            spread = np.linspace(low, high, GRID_POINTS)
        whole = isinstance(parameter, Integer)
        chosen[name] = sorted({round(x) if whole else float(min(max(x, low), high)) for x in spread.tolist()})
    return chosen


def rules_of(rules: Rules | str | None, venue: str = "generic") -> Rules:
    """Return rules; without whole rules those of a venue, under the profile of limits that a name stands for."""
    if rules is None or isinstance(rules, str):
        chosen = profile_of(venue)
        return chosen if rules is None else replace(chosen, limits=limits_of(rules))
    if not isinstance(rules, Rules):
        raise SettingsError(f"rules are a {type(rules).__name__}, expected Rules(...) or the name of a profile")
    if venue != "generic":
        raise SettingsError(
            f"venue {venue} and whole rules say the same thing twice: give rules=profile_of({venue!r}, account=Account(...))"
        )
    return convert(Rules, to_builtins(rules))  # Python checks nothing as it makes a struct


def checked_bars(bars: Any) -> Bars:
    """Return bars, or refuse what is none in one line."""
    if bars is None:
        raise DataError("no bars were given: pass the result of load_bars(...) or sample_bars(...)")
    if isinstance(bars, TickMarket):
        raise DataError("ticks are traded by backtest(...) alone: pass their bars, market.bars, to anything else")
    if not isinstance(bars, Bars):
        raise DataError(f"bars are a {type(bars).__name__}, expected Bars: use load_bars(...) or bars_from_arrays(...)")
    return bars


def _numbers(scores: Any) -> NDArray[np.float64]:
    try:
        found = np.asarray(scores)
        if found.dtype.kind == "c":
            raise ValueError("complex numbers")
        return found.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"scores are no array of numbers: {' '.join(str(error).split())}") from None


def resolve(strategy: Any) -> Any:
    """Return the strategy that a name, path or object stands for; of `*.toml` the ensemble."""
    if _is_ensemble(strategy):
        return strategy if isinstance(strategy, Ensemble) else load_ensemble(strategy)
    if isinstance(strategy, Path) or (isinstance(strategy, str) and (".py" in strategy or "/" in strategy)):
        if Path(strategy).is_dir():
            raise UnknownNameError(f"{strategy} is a folder, expected a file, e.g. my_strategy.py")
        return load_strategy(strategy)
    if isinstance(strategy, str):
        if strategy not in STRATEGIES.table and Path(f"{strategy}.py").is_file():
            raise UnknownNameError(f"there is no strategy {strategy}; did you mean the file {strategy}.py?")
        return STRATEGIES.load(strategy)
    if isinstance(strategy, Fold) or any(callable(getattr(strategy, name, None)) for name in ("on_bar", "on_event")):
        return strategy
    hint = (
        "decorate it with @fold(...)"
        if callable(strategy)
        else "expected a name, a path, a fold or an object with on_bar or on_event"
    )
    raise StrategyError(f"{getattr(strategy, '__name__', repr(strategy))} is no strategy: {hint}")


def _is_ensemble(strategy: Any) -> bool:
    return isinstance(strategy, Ensemble) or (isinstance(strategy, (str, Path)) and str(strategy).endswith(".toml"))


def _opened(strategy: Any) -> Any:
    """Return the ensemble that a file, or a list of one, stands for; anything else as it is."""
    only = strategy[0] if isinstance(strategy, (list, tuple)) and len(strategy) == 1 else strategy
    return resolve(only) if _is_ensemble(only) else strategy


def _own(strategy: Any, params: Any, weights: Any) -> Own | None:
    """Return a strategy that works its own orders, or None where it votes."""
    if isinstance(strategy, (list, tuple)):
        if len(strategy) > 1 and any(callable(getattr(one, "on_event", None)) for one in strategy):
            raise StrategyError("a strategy that works its own orders trades alone, without a vote")
        strategy = strategy[0] if len(strategy) == 1 else None
    found: Any = strategy if strategy is None or isinstance(strategy, (Fold, Ensemble)) else resolve(strategy)
    if not callable(getattr(found, "on_event", None)):
        return None
    if weights is not None or any([params] if isinstance(params, Mapping) else params or ()):
        raise ParameterError(
            "a strategy that works its own orders takes neither params nor weights: give them to the object"
        )
    return Own(found, getattr(found, "name", type(found).__name__))


def _voters(strategy: Any, params: Any, weights: Sequence[float] | None) -> list[Member | Opinion | Given]:
    listed = list(strategy) if isinstance(strategy, (list, tuple)) else [strategy]
    if any(_is_ensemble(one) for one in listed):
        return _seated(listed, params, weights)
    given = _listed_params(params, len(listed), isinstance(strategy, (list, tuple)))
    shares = _listed_weights(weights, len(listed))
    found: list[Member | Opinion | Given] = []
    taken: dict[str, int] = {}
    for one, values, weight in zip(listed, given, shares, strict=True):
        resolved = resolve(one)
        label = resolved.name if isinstance(resolved, Fold) else getattr(resolved, "name", type(resolved).__name__)
        taken[label] = taken.get(label, 0) + 1
        unique = label if taken[label] == 1 else f"{label}_{taken[label]}"
        if isinstance(resolved, Fold):
            found.append(Member(resolved, resolved.accept(values), unique, weight))
        else:
            if values:
                raise ParameterError(f"{label} is an object and takes no params, found {', '.join(map(str, values))}")
            found.append(Opinion(resolved, unique, weight))
    return found


def voters_of(strategy: Any, params: Any = None, weights: Sequence[float] | None = None) -> tuple[Any, Any]:
    """Return who decides, voters or a strategy that works its own orders, and the strategy with the file of an ensemble opened."""
    opened = _opened(strategy)
    return _own(opened, params, weights) or _voters(opened, params, weights), opened


def members_of(strategy: Any, params: Any = None, weights: Sequence[float] | None = None) -> list[Member]:
    """Return the voters of a strategy, a list of them or the file of an ensemble; each must be a fold, which can be run again.

    Raises StrategyError where one is an object: what it remembers of one market would be carried to the next.
    """
    found: list[Member] = []
    for voter in _voters(_opened(strategy), params, weights):
        if not isinstance(voter, Member):
            raise StrategyError(
                f"{voter.name} is an object, expected a function declared by @fold: only that starts anew"
            )
        found.append(voter)
    return found


def _seated(listed: Sequence[Any], params: Any, weights: Any) -> list[Member | Opinion | Given]:
    """Return the members of an ensemble, which votes alone and as it was tested."""
    if len(listed) > 1:
        raise StrategyError("an ensemble votes alone: give its file without further strategies")
    if params or weights is not None:
        raise ParameterError("an ensemble brings its own parameters and weights: leave out params and weights")
    return list(resolve(listed[0]).members)


def _given_voters(scores: NDArray[np.float64], weights: Sequence[float] | None) -> list[Member | Opinion | Given]:
    if scores.ndim not in {1, 2, 3}:
        raise DataError(
            f"scores have {scores.ndim} dimensions, expected (bars, symbols) or (bars, symbols, strategies)"
        )
    cube = scores.reshape(*scores.shape, *(1,) * (3 - scores.ndim))
    shares = _listed_weights(weights, cube.shape[2])
    names = ["scores"] if cube.shape[2] == 1 else [f"scores_{index + 1}" for index in range(cube.shape[2])]
    return [Given(cube[:, :, index], names[index], shares[index]) for index in range(cube.shape[2])]


def _listed_params(params: Any, count: int, ensemble: bool) -> list[Mapping[str, Any] | None]:
    if params is None:
        return [None] * count
    if isinstance(params, Mapping):
        if ensemble and count > 1:
            raise ParameterError(f"{count} strategies need a list of {count} parameter mappings, found one mapping")
        return [params]
    if not isinstance(params, Sequence) or isinstance(params, str):
        raise ParameterError(f"parameters are {params!r}, expected values by name such as {{'length': 20}}")
    listed = list(params)
    if len(listed) != count:
        raise ParameterError(f"{len(listed)} sets of parameters for {count} strategies")
    return listed


def _listed_weights(weights: Sequence[float] | None, count: int) -> list[float]:
    if weights is None:
        return [1.0] * count
    try:
        shares = [float(weight) for weight in weights]
    except (TypeError, ValueError):
        raise SettingsError(f"weights are {weights!r}, expected one positive number a strategy") from None
    if len(shares) != count:
        raise SettingsError(f"{len(shares)} weights for {count} strategies")
    return shares
