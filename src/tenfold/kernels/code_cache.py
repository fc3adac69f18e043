"""Keep machine code on disk, and do without where the disk does not let us.

How it works. Numba looks for each function's machine code in a folder and trusts what it finds there. Here whatever
cannot be read, or was written for other types by two processes at once, counts as absent and is compiled again; what
cannot be written is left; and where there is no folder to write to, a private one serves this process alone.
"""

import atexit
import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final

_FOLDERS_KEPT: Final = 4


@cache
def build() -> str:
    """Return what tells these kernels, this Python, this Numba and this NumPy from others: equal builds give equal bits."""
    from importlib.metadata import version

    digest = hashlib.sha256(repr((sys.version_info[:3], version("numba"), version("numpy"))).encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def cache_folder() -> Path:
    """Return the folder of machine code for exactly these kernels, this Python and this Numba; it may be written to."""
    import platformdirs

    root = Path(os.environ.get("TENFOLD_CACHE") or platformdirs.user_cache_dir("tenfold")) / "kernels"
    folder = root / build()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            os.utime(folder)
    except OSError:
        return _private(folder)
    for old in sorted(root.iterdir(), key=_age)[_FOLDERS_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def _private(folder: Path) -> Path:
    """Return a folder of this process, with what can be read of one that cannot be written to."""
    own = Path(tempfile.mkdtemp(prefix="tenfold-kernels-"))
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    with contextlib.suppress(OSError, shutil.Error):
        shutil.copytree(folder, own, dirs_exist_ok=True)
    return own


def _age(folder: Path) -> float:
    """Return what sorts the youngest first; one that another process has removed meanwhile comes last."""
    try:
        return -folder.stat().st_mtime
    except OSError:
        return 0.0


def forgive(dispatcher: Any) -> Any:
    """Let a dispatcher of Numba take damaged or foreign machine code for absent, and return it."""
    from numba.core import caching, sigutils

    known: Any = caching
    arguments_of: Any = sigutils.normalize_signature

    class Forgiving(known.FunctionCache):  # type: ignore[misc]
        def load_overload(self, sig: Any, target_context: Any) -> Any:
            try:
                found = super().load_overload(sig, target_context)
            except Exception:  # damaged pickles raise whatever they like
                with contextlib.suppress(OSError):
                    self.flush()
                return None
            if found is None or tuple(found.signature.args) != tuple(arguments_of(sig)[0]):
                return None
            return found

        def save_overload(self, sig: Any, data: Any) -> None:
            with contextlib.suppress(OSError):
                super().save_overload(sig, data)

    made: Any = Forgiving
    dispatcher._cache = made(dispatcher.py_func)
    return dispatcher
