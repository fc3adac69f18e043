"""Describe the machine and the versions of a run."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from environments import HERE, PEERS
from source import SOURCE


def machine() -> dict[str, str | int]:
    """Return what the figures depend on."""
    return {
        "processor": processor(),
        "cores": os.cpu_count() or 0,
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "compiler": first_line("gcc", "--version"),
        **{name: version(name) for name in ("tenfold", "numpy", "numba")},
        **{peer: pinned(peer) for peer in PEERS},
    }


def moment() -> dict[str, str | float]:
    """Return when, at which revision and on how busy a machine a part was measured."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return {
        "date": now,
        "revision": SOURCE.describe(),
        "load": os.getloadavg()[0],
    }


def processor() -> str:
    """Return the model of the processor."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = dict(line.split(":", 1) for line in cpuinfo.read_text().splitlines() if ":" in line)
        named = {name.strip(): text.strip() for name, text in lines.items()}
        wide = ", AVX-512" if "avx512f" in named.get("flags", "") else ""
        return f"{named.get('model name', platform.machine())}{wide}"
    return platform.processor() or platform.machine()


def pinned(peer: str) -> str:
    """Return the version that the environment of a peer pins."""
    for line in (HERE / f"requirements-{peer}.txt").read_text().splitlines():
        name, _, number = line.partition("==")
        if name.replace("-", "_").startswith(peer):
            return number
    return "unknown"


def first_line(*command: str) -> str:
    """Return the first line that a program writes, or nothing where there is no such program."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError:
        return ""
    return next(iter(done.stdout.splitlines()), "")
