"""Misbehave on command: named switches, each with its own stream of chance, so that one does not move another."""

import math
import random
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from tenfold.domain.errors import SettingsError, did_you_mean
from tenfold.exchange.fault_names import FAULTS

_SIGNED: Final = frozenset({"clock_skew"})
"""Faults that go either way."""


def known_fault(name: str) -> str:
    """Return the name of a fault as it is; SettingsError where there is none of that name."""
    if name not in FAULTS:
        raise SettingsError(f"there is no fault {name!r}; {did_you_mean(name, FAULTS)}")
    return name


class Switch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold how a fault behaves.

    Parameters
    ----------
    rate : probability at each occasion
    after : occasions that pass first
    limit : how often at most; None without end
    value : what the fault is measured in (seconds, bytes, a count), see its line in `fault_names`
    """

    rate: Annotated[float, Meta(ge=0, le=1)] = 1.0
    after: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=0)] | None = None
    value: Annotated[float, Meta(ge=-1e9, le=1e9)] | None = None


def checked(name: str, switch: Switch | None) -> Switch | None:
    """Return a switch of a fault as it is; SettingsError for an unknown name, or a measure below zero that is no clock's."""
    known_fault(name)
    if switch is not None and switch.value is not None and switch.value < 0.0 and name not in _SIGNED:
        raise SettingsError(
            f"fault {name}: value is {switch.value:g}, expected {FAULTS[name].unit or 'a number'} from 0 on"
        )
    return switch


class _Armed:
    """Hold what a switch has left: occasions that pass, and strikes; `draw` gives its chance, None where it is certain."""

    __slots__ = ("draw", "passes", "rate", "strikes")

    def __init__(self, switch: Switch, chance: random.Random) -> None:
        self.passes = switch.after
        self.strikes = math.inf if switch.limit is None else switch.limit
        self.rate = switch.rate
        self.draw = chance.random if switch.rate < 1.0 else None


class Faults:
    """Say at each occasion whether a fault strikes; the same seed and the same occasions give the same answers.

    Attributes
    ----------
    fired : how often each fault struck
    """

    def __init__(self, switches: Mapping[str, Switch] | None = None, seed: int = 0) -> None:
        self.seed = seed
        self.fired: Counter[str] = Counter()
        self._switches: dict[str, Switch] = {}
        self._armed: dict[str, _Armed] = {}
        self._chance: dict[str, random.Random] = {}
        for name, switch in (switches or {}).items():
            self.set(name, switch)

    @property
    def switches(self) -> Mapping[str, Switch]:
        """What is switched on."""
        return self._switches

    def set(self, name: str, switch: Switch | None) -> None:
        """Switch a fault on, change it, or switch it off with None; SettingsError as `checked`."""
        checked(name, switch)
        if switch is None:
            self._switches.pop(name, None)
            self._armed.pop(name, None)
            return
        self._switches[name] = switch
        self._armed[name] = _Armed(switch, self.chance(name))
        self.fired[name] = 0

    def strikes(self, name: str) -> bool:
        """Say whether the fault strikes at this occasion."""
        armed = self._armed.get(name)
        if armed is None:
            return False
        if armed.passes:
            armed.passes -= 1
            return False
        if not armed.strikes or (armed.draw is not None and armed.draw() >= armed.rate):
            return False
        armed.strikes -= 1
        self.fired[name] += 1
        return True

    def value(self, name: str) -> float:
        """Return what the fault is measured in: the switch's, or its default."""
        switch = self._switches.get(name)
        return FAULTS[name].value if switch is None or switch.value is None else switch.value

    def chance(self, name: str) -> random.Random:
        """Return the stream of chance of a fault."""
        if name not in self._chance:
            self._chance[name] = random.Random(f"{self.seed} {name}")  # noqa: S311 -- reproducible, not secret
        return self._chance[name]
