"""Lay out the state of a fold: flat records whose initial value is all zeros.

A layout names its fields: `float` and `int` become 8-byte numbers, another layout nests, and `window` becomes an
array whose capacity is known only when the parameters' spaces are. A checkpoint is the bytes of such a record.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tenfold.domain.errors import StrategyError
from tenfold.domain.parameters import Integer, Parameter


@dataclass(frozen=True)
class Window:
    """Mark a field that holds the last n values, n up to the capacity of the layout, and `extra` more."""

    kind: str = "f8"
    extra: int = 0


window: Final = Window("f8")
window_int: Final = Window("i8")

Field = Any  # float | int | Window | Layout | Sized


@dataclass(frozen=True)
class Layout:
    """Name the fields of a record; calling it fixes the capacity of its windows."""

    name: str
    fields: tuple[tuple[str, Field], ...]

    def __call__(self, capacity: int) -> "Sized":
        """Return this layout with windows of a given capacity, e.g. `Mean(300)`."""
        return Sized(self, int(capacity))

    @property
    def windowed(self) -> bool:
        """Whether the capacity matters."""
        return any(isinstance(f, Window) or (isinstance(f, Layout) and f.windowed) for _, f in self.fields)

    def dtype(self, capacity: int) -> np.dtype[np.void]:
        """Return the aligned record type with windows of `capacity` values."""
        return np.dtype([(name, *_field(field, capacity)) for name, field in self.fields], align=True)


@dataclass(frozen=True)
class Sized:
    """Hold a layout whose capacity is fixed."""

    layout: Layout
    capacity: int


def layout(name: str, **fields: Field) -> Layout:
    """Return a named layout, e.g. `layout("Mean", count=int, index=int, total=float, values=window)`."""
    return Layout(name, tuple(fields.items()))


def State(**fields: Field) -> Layout:  # noqa: N802 -- reads as the type that it makes
    """Name the state of a fold, e.g. `State(fast=Mean, slow=Mean, last=float)`.

    A windowed field takes its capacity from the parameter of the same name, else from the largest Integer
    parameter; `Mean(300)` fixes it.
    """
    return Layout("State", tuple(fields.items()))


def state_dtype(state: Layout, parameters: Mapping[str, Parameter]) -> np.dtype[np.void]:
    """Return the record type of a fold's state under the spaces of its parameters."""
    integers = {name: p.high for name, p in parameters.items() if isinstance(p, Integer)}
    largest = max(integers.values(), default=0)
    parts: list[tuple[Any, ...]] = []
    for name, field in state.fields:
        capacity = integers.get(name, largest)
        needs = isinstance(field, Window) or (isinstance(field, Layout) and field.windowed)
        if needs and capacity < 1:
            raise StrategyError(f"state field {name} needs a capacity: write e.g. {name}=Mean(100)")
        parts.append((name, *_field(field, capacity)))
    if not parts:
        parts.append(("unused", "i8"))
    return np.dtype(parts, align=True)


class Record(np.record):  # type: ignore[misc] # NumPy's stubs alone call it final
    """Look up attributes among the fields first: a field may be called `flags`, `mean` or `size`."""

    def __getattribute__(self, name: str) -> Any:
        fields = np.record.__getattribute__(self, "dtype").fields
        if name in fields:
            return self.getfield(*fields[name][:2])
        return np.record.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        fields = np.record.__getattribute__(self, "dtype").fields
        if name not in fields:
            raise AttributeError(f"record has no field {name}, expected one of: {', '.join(fields)}")
        self.setfield(value, *fields[name][:2])


def as_records(array: np.ndarray[Any, np.dtype[np.void]]) -> Any:
    """View an array of records so that its items have attributes at every depth, as compiled code sees them."""
    return array.view(_attributes(array.dtype))


def _field(field: Field, capacity: int) -> tuple[Any, ...]:
    if field is float:
        return ("f8",)
    if field is int:
        return ("i8",)
    if isinstance(field, Window):
        return (field.kind, (max(capacity, 1) + field.extra,))
    if isinstance(field, Sized):
        return (field.layout.dtype(field.capacity),)
    if isinstance(field, Layout):
        return (field.dtype(capacity),)
    raise StrategyError(f"a state field is {field!r}, expected float, int, or a building block such as Mean")


def _attributes(dtype: np.dtype[Any]) -> np.dtype[Any]:
    if dtype.names is None or dtype.fields is None:
        return dtype
    fields = dtype.fields
    return np.dtype(
        (
            Record,
            {
                "names": list(dtype.names),
                "formats": [_attributes(fields[name][0]) for name in dtype.names],
                "offsets": [fields[name][1] for name in dtype.names],
                "itemsize": dtype.itemsize,
            },
        )
    )
