"""Load a strategy from a user's own file."""

import hashlib
import importlib
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from tenfold.domain.errors import StrategyError, TenfoldError, UnknownNameError, suggestion
from tenfold.kernels.fold import Fold
from tenfold.kernels.source import place


def load_strategy(target: str | Path) -> Any:
    """Return the strategy that a file declares: a fold, or an object with `on_bar` or `on_event`.

    A class with one of these methods is called without arguments.

    Parameters
    ----------
    target : `file.py`, or `file.py:name` where the file declares several

    Raises
    ------
    UnknownNameError
        There is no such file, or no such strategy in it.
    StrategyError
        The file cannot be run, or what it declares is no fold; the text names file and line.
    """
    path, name = _split(str(target))
    found = _declared(_run(path))
    if not found:
        raise StrategyError(f"{path} declares no strategy; write @fold(...) above a function (state, bar, params)")
    if name:
        if name not in found:
            raise UnknownNameError(f"{path} has no strategy {name}, expected one of: {', '.join(found)}")
    elif len(found) > 1:
        raise StrategyError(
            f"{path} declares {len(found)} strategies ({', '.join(found)}); say which, e.g. {path}:{next(iter(found))}"
        )
    chosen = found[name or next(iter(found))]
    return _made(chosen, path) if isinstance(chosen, type) else chosen


def _split(target: str) -> tuple[Path, str]:
    head, _, tail = target.rpartition(":")
    path, name = (Path(head), tail) if head.endswith(".py") and tail.isidentifier() else (Path(target), "")
    if not path.exists():
        raise UnknownNameError(f"there is no file {path}")
    if path.suffix != ".py" or not path.is_file():
        raise StrategyError(f"{path} is no Python file, expected e.g. my_strategy.py")
    return path, name


def _run(path: Path) -> ModuleType:
    """Run a file as a module of its own that nobody else can import."""
    full = path.resolve()
    digest = hashlib.sha256(str(full).encode()).hexdigest()[:12]
    module = ModuleType(f"tenfold_user_{digest}")
    module.__file__ = str(full)
    try:
        code = compile(full.read_bytes(), str(full), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise StrategyError(f"{place(str(full), error.lineno or 1)}: {error.msg}") from None
    except (OSError, ValueError) as error:
        raise StrategyError(f"{path} cannot be read: {error}") from None
    with _importable(module, full.parent):
        try:
            exec(code, module.__dict__)  # noqa: S102 -- running the user's own file is what was asked for
        except TenfoldError as error:
            raise _placed(error, full) from None
        except ImportError as error:
            raise StrategyError(f"{_line(error, full)}: {_missing(error)}") from None
        except (Exception, SystemExit) as error:
            said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise StrategyError(f"{_line(error, full)}: {said}") from None
    return module


@contextmanager
def _importable(module: ModuleType, folder: Path) -> Iterator[None]:
    """Let a file import its neighbours, and leave no trace of them or of itself among the imported modules."""
    before, bytecode = set(sys.modules), sys.dont_write_bytecode
    sys.modules[module.__name__] = module
    sys.path.append(str(folder))
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = bytecode
        sys.path.remove(str(folder))
        fresh = set(sys.modules) - before
        for name in [one for one in fresh if one == module.__name__ or _is_of(one, folder, fresh)]:
            del sys.modules[name]
        importlib.invalidate_caches()


def _is_of(name: str, folder: Path, fresh: set[str]) -> bool:
    """Say whether a module is a neighbour, or of a package that lies beside: another strategy may have another one of that name."""
    top = name.partition(".")[0]
    if top not in fresh:
        return False
    found = sys.modules[top]
    places = [*getattr(found, "__path__", ())] or [getattr(found, "__file__", None)]
    return any(place is not None and Path(place).parent == folder for place in places)


def _declared(module: ModuleType) -> dict[str, Any]:
    """Return what a file declares by name: folds, and objects or else classes that work bars or events."""
    own = module.__name__
    found: dict[str, Any] = {}
    for name, value in vars(module).items():
        if isinstance(value, Fold):
            if value.function.__module__ == own:
                found[value.name] = value
        elif any(callable(getattr(value, method, None)) for method in ("on_bar", "on_event")):
            kind = value if isinstance(value, type) else type(value)
            if kind.__module__ == own:
                found[name] = value
    made = {type(value) for value in found.values() if not isinstance(value, type)}
    return {name: value for name, value in found.items() if value not in made}


def _made(kind: type, path: Path) -> Any:
    try:
        return kind()
    except (Exception, SystemExit) as error:
        raise StrategyError(
            f"{_line(error, path.resolve())}: {kind.__name__}() fails: {error}; make an object of it in the file instead"
        ) from None


def _missing(error: ImportError) -> str:
    """Return what a file imports that is not there, and what to do."""
    named = re.match(r"cannot import name '(\w+)' from '(tenfold[\w.]*)'", str(error))
    if named is None:
        return f"{error}; install it, or leave it out of this file"
    module = sys.modules[named[2]]
    known = [name for name in dir(module) if not name.startswith("_")]
    hint = suggestion(named[1], known) or suggestion(named[1].lower(), known) or f"dir({named[2]}) lists what it has"
    return f"{named[2]} has no {named[1]}; {hint}"


def _placed(error: TenfoldError, path: Path) -> StrategyError:
    """Return the error with its place in front, unless it names one already."""
    text = str(error)
    head = text.split(": ", 1)[0]
    if ".py:" in head:
        return StrategyError(text)
    return StrategyError(f"{_line(error, path)}: {text}")


def _line(error: BaseException, path: Path) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return place(str(path), (frames[-1].lineno if frames else 1) or 1)
