"""Examine this installation: Python, dependencies, folders, disk, clock and data."""

import os
import platform
import shutil
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from threading import Event
from typing import Final

import msgspec

from tenfold import __version__
from tenfold.app.modules import packages
from tenfold.app.settings import load_settings, settings_path
from tenfold.app.wiring import catalogue_folder, clock, runs_folder
from tenfold.domain.units import format_ns
from tenfold.kernels.jit import cache_folder

DISK_FREE_MIN: Final = 1 << 30
EARLIEST_NS: Final = 1_767_225_600_000_000_000  # 2026-01-01: no clock of a machine that runs this is earlier
CLOCK_DRIFT_MAX: Final = 0.01


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold one thing that was looked at."""

    subject: str
    text: str
    healthy: bool = True


def examine() -> list[Finding]:
    """Return everything that was looked at, in the order in which one thing needs another."""
    return [
        Finding(subject="tenfold", text=f"{__version__} at {Path(__file__).parents[1]}"),
        _python(),
        *dependencies_of(requires("tenfold") or []),
        *_folders(),
        _clock(),
        *_data(),
        *(
            Finding(subject=f"module {name}", text=f"depends on {', '.join(inner) or 'nothing'}")
            for name, inner in sorted(packages().items())
        ),
    ]


def _python() -> Finding:
    text = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return Finding(subject="python", text=text, healthy=sys.version_info >= (3, 11))


def dependencies_of(requirements: Iterable[str]) -> Iterator[Finding]:
    """Yield what is installed for each requirement; what an extra needs may be missing."""
    for line in requirements:
        requirement, _, marker = line.partition(";")
        name = requirement.strip().split(">=")[0].split("==")[0].split("[")[0].strip()
        extra = marker.partition("extra ==")[2].strip().strip("'\"")
        try:
            yield Finding(subject=name, text=version(name) + (f" (extra {extra})" if extra else ""))
        except PackageNotFoundError:
            text = f"not installed: pip install 'tenfold[{extra}]'" if extra else f"missing, expected {requirement}"
            yield Finding(subject=name, text=text, healthy=bool(extra))


def _folders() -> Iterator[Finding]:
    path = settings_path(os.environ)
    yield Finding(
        subject="settings", text=str(path) if path else "the defaults; no tenfold.toml here or in your configuration"
    )
    home = load_settings().folder
    for subject, folder in (("home", home), ("compiled code", cache_folder())):
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        free = shutil.disk_usage(there).free
        writable = os.access(there, os.W_OK)
        text = f"{folder}, {free / 1e9:.1f} GB free" + ("" if writable else ", not writable")
        yield Finding(subject=subject, text=text, healthy=writable and free >= DISK_FREE_MIN)


def _clock() -> Finding:
    """Compare both clocks over a moment; the offset from true time cannot be known without a time server."""
    watch = clock()
    wall_ns, steady_ns = watch.now_ns(), watch.monotonic_ns()
    Event().wait(0.05)
    wall_ns, steady_ns = watch.now_ns() - wall_ns, watch.monotonic_ns() - steady_ns
    drift = wall_ns / steady_ns - 1.0
    now_ns = watch.now_ns()
    healthy = abs(drift) < CLOCK_DRIFT_MAX and now_ns > EARLIEST_NS
    text = (
        f"{format_ns(now_ns)} UTC, wall and steady clock agree to {abs(drift):.2%}; offset from true time not measured"
    )
    return Finding(subject="clock", text=text, healthy=healthy)


def _data() -> Iterator[Finding]:
    for subject, folder in (("catalogue", catalogue_folder()), ("runs", runs_folder())):
        count = sum(1 for path in folder.rglob("*.parquet")) if folder.is_dir() else 0
        yield Finding(
            subject=subject, text=f"{folder}, {count} file{'s' * (count != 1)}" if count else f"{folder}, empty"
        )
