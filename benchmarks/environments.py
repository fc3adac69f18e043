"""Set up an environment for each peer, apart from that of the project."""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
ENVIRONMENTS = HERE / ".env"
PEERS = ("vectorbt", "backtesting", "nautilus", "hftbacktest")


class PeerMissingError(Exception):
    """A peer could not be installed; the text says why."""


def python_of(peer: str) -> str:
    """Return the Python of a peer's environment, setting it up where it is missing or pinned otherwise."""
    folder, pinned = ENVIRONMENTS / peer, HERE / f"requirements-{peer}.txt"
    python, stamp = folder / "bin" / "python", folder / "requirements.txt"
    if stamp.exists() and stamp.read_bytes() == pinned.read_bytes():
        return str(python)
    print(f"setting up {peer} ...", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    uv = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".venv" / "bin"))
    if uv is not None:
        _call(peer, uv, "venv", "--quiet", "--python", sys.executable, str(folder))
        _call(peer, uv, "pip", "install", "--quiet", "--python", str(python), "--requirement", str(pinned))
    else:
        _call(peer, sys.executable, "-m", "venv", str(folder))
        _call(peer, str(python), "-m", "pip", "install", "--quiet", "--requirement", str(pinned))
    shutil.copyfile(pinned, stamp)
    return str(python)


def _call(peer: str, *command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise PeerMissingError(f"{peer} could not be installed: {lines[-1]}")
