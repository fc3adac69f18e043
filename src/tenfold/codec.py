"""Decode and encode values: the one validator, for JSON, MessagePack, TOML and YAML.

Unknown keys, wrong types and numbers out of range are refused in one line that names the place.
"""

import re
from collections.abc import Callable
from typing import Any, Final, Literal, TypeVar

import msgspec

from tenfold.domain.errors import DecodeError, did_you_mean

T = TypeVar("T")
Format = Literal["json", "msgpack", "toml", "yaml"]

_DECODE: Final[dict[str, Callable[..., Any]]] = {
    "json": msgspec.json.decode,
    "msgpack": msgspec.msgpack.decode,
    "toml": msgspec.toml.decode,
    "yaml": msgspec.yaml.decode,
}
_ENCODE: Final[dict[str, Callable[..., bytes]]] = {
    "json": msgspec.json.encode,
    "msgpack": msgspec.msgpack.encode,
    "toml": msgspec.toml.encode,
    "yaml": msgspec.yaml.encode,
}
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<key>[^`]*)`(?: - at `(?P<path>[^`]*)`)?")
_PLACED: Final = re.compile(r"(?P<text>.*?) - at `(?P<path>[^`]*)`", re.DOTALL)


def decode(type: type[T], raw: bytes | str, format: Format = "json") -> T:
    """Return text or bytes as a validated value of a type.

    Raises
    ------
    DecodeError
        The text is no text of this format, or does not fit the type; one line that names the place.
    """
    data = raw.encode() if isinstance(raw, str) else raw
    try:
        return _DECODE[format](data, type=type)  # type: ignore[no-any-return]
    except ImportError:
        raise DecodeError(f"{format} needs a package that is not installed: pip install 'tenfold[{format}]'") from None
    except msgspec.ValidationError as error:
        raise DecodeError(explain(type, error)) from None
    except (msgspec.DecodeError, ValueError) as error:
        raise DecodeError(f"this is not {format}: {_one_line(error)}") from None


def encode(value: Any, format: Format = "json") -> bytes:
    """Return a value as bytes of a format; TOML has no null, so absent values are left out there."""
    try:
        return _ENCODE[format](_without_none(msgspec.to_builtins(value)) if format == "toml" else value)
    except ImportError:
        raise DecodeError(f"{format} needs a package that is not installed: pip install 'tenfold[{format}]'") from None


def convert(type: type[T], value: Any) -> T:
    """Return dictionaries, lists and numbers as a validated value of a type; text becomes the number it spells.

    Raises
    ------
    DecodeError
        The value does not fit the type; one line that names the place.
    """
    try:
        return msgspec.convert(value, type, strict=False)
    except msgspec.ValidationError as error:
        raise DecodeError(explain(type, error)) from None


def explain(type: Any, error: msgspec.ValidationError) -> str:
    """Return a validation error as one line with its place and, for an unknown key, the key that was likely meant."""
    text = _one_line(error)
    unknown = _UNKNOWN.fullmatch(text)
    if unknown is None:
        placed = _PLACED.fullmatch(text)
        if placed is None:
            return text
        return f"{placed['path'].removeprefix('$.')}: {placed['text'][0].lower()}{placed['text'][1:]}"
    path = (unknown["path"] or "$").removeprefix("$").removeprefix(".")
    known = _keys_at(type, path)
    key = f"{path}.{unknown['key']}" if path else unknown["key"]
    return f"unknown key {key}, {did_you_mean(unknown['key'], known)}"


def _keys_at(type: Any, path: str) -> list[str]:
    """Return the keys that the struct at a path such as `rules.costs` or `orders[...].fill` may have."""
    found = _structs(msgspec.inspect.type_info(type))
    for key in filter(None, re.sub(r"\[[^]]*\]", "", path).split(".")):
        found = [
            inner
            for struct in found
            for field in struct.fields
            if field.encode_name == key
            for inner in _structs(field.type)
        ]
    return sorted({field.encode_name for struct in found for field in struct.fields})


def _structs(info: Any) -> list[msgspec.inspect.StructType]:
    if isinstance(info, msgspec.inspect.StructType):
        return [info]
    if isinstance(info, msgspec.inspect.UnionType):
        return [struct for member in info.types for struct in _structs(member)]
    inner = getattr(info, "item_type", None) or getattr(info, "value_type", None)
    return _structs(inner) if inner is not None else []


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_none(item) for item in value]
    return value


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
