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


def _toml(value: Any) -> bytes:
    """Return a table as TOML, text of several lines as such."""
    import tomli_w  # noqa: PLC0415 -- only who writes settings or an ensemble needs it

    return tomli_w.dumps(value, multiline_strings=True).encode()


_DECODE: Final[dict[str, Callable[..., Any]]] = {
    "json": msgspec.json.decode,
    "msgpack": msgspec.msgpack.decode,
    "toml": msgspec.toml.decode,
    "yaml": msgspec.yaml.decode,
}
_ENCODE: Final[dict[str, Callable[..., bytes]]] = {
    "json": msgspec.json.encode,
    "msgpack": msgspec.msgpack.encode,
    "toml": _toml,
    "yaml": msgspec.yaml.encode,
}
_UNREADABLE: Final = (msgspec.DecodeError, ValueError, RecursionError)
"""What reading raises: the last where values are nested without end."""
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
        try:
            found = _DECODE[format](data)
        except _UNREADABLE as worse:  # behind what does not fit it is not even this format
            raise DecodeError(f"this is not {format}: {_one_line(worse)}") from None
        raise DecodeError(_explain(type, error, found)) from None
    except _UNREADABLE as error:
        raise DecodeError(f"this is not {format}: {_one_line(error)}") from None


def decoder(type: type[T], format: Literal["json", "msgpack"]) -> Callable[[bytes], T]:
    """Return what decodes many values of one type, for a union of many types ten times as fast as `decode`; errors as there."""
    made = (msgspec.json if format == "json" else msgspec.msgpack).Decoder(type)

    def read(raw: bytes) -> T:
        try:
            value: T = made.decode(raw)
        except _UNREADABLE:
            return decode(type, raw, format)  # which says what is wrong
        return value

    return read


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
        raise DecodeError(_explain(type, error, value)) from None


def plain(type: type[T], value: T) -> T:
    """Return a value as it is read again once it was written: numbers of other libraries as numbers, each of the type of its field.

    Raises
    ------
    DecodeError
        The value does not fit its type; one line that names the place.
    """
    return convert(type, msgspec.to_builtins(value, enc_hook=_number))


def accepted(info: Any) -> str:
    """Say in words what a type of `msgspec.inspect` accepts; "" where it is no number, text, choice or switch."""
    if isinstance(info, msgspec.inspect.UnionType):
        words = [accepted(member) for member in info.types if not isinstance(member, msgspec.inspect.NoneType)]
        return " or ".join([*words, "nothing"]) if all(words) else ""
    if isinstance(info, msgspec.inspect.LiteralType):
        return ", ".join(f'"{value}"' if isinstance(value, str) else str(value) for value in info.values)
    if isinstance(info, (msgspec.inspect.IntType, msgspec.inspect.FloatType)):
        word = "a whole number" if isinstance(info, msgspec.inspect.IntType) else "a number"
        bounds = [
            f"{sign} {limit:g}"
            for sign, limit in ((">", info.gt), ("≥", info.ge), ("<", info.lt), ("≤", info.le))
            if limit is not None
        ]
        return f"{word} {' and '.join(bounds)}".strip()
    if isinstance(info, msgspec.inspect.StrType):
        bounds = [
            f"{word} {length}"
            for word, length in (("at least", info.min_length), ("at most", info.max_length))
            if length
        ]
        return f"text of {' and '.join(bounds)} characters" if bounds else "text"
    return "true or false" if isinstance(info, msgspec.inspect.BoolType) else ""


def _explain(type: Any, error: msgspec.ValidationError, value: Any) -> str:
    """Return a validation error as one line: its place, what was found there and what was expected.

    For an unknown key, the key that was likely meant.
    """
    text = _one_line(error)
    unknown = _UNKNOWN.fullmatch(text)
    if unknown is not None:
        path = (unknown["path"] or "$").removeprefix("$").removeprefix(".")
        known = _keys_at(type, path)
        key = f"{path}.{unknown['key']}" if path else unknown["key"]
        return f"unknown key {key}, {did_you_mean(unknown['key'], known)}"
    placed = _PLACED.fullmatch(text)
    if placed is None:
        return text
    place = placed["path"].removeprefix("$.")
    expected = [words for info in _types_at(type, place) if (words := accepted(info))]
    if expected and "[...]" not in place:
        return f"{place} is {_shown(_value_at(value, place))}, expected {expected[0]}"
    return f"{place}: {placed['text'][0].lower()}{placed['text'][1:]}"


def _keys_at(type: Any, path: str) -> list[str]:
    """Return the keys that the struct at a path such as `rules.costs` or `orders[...].fill` may have."""
    return sorted(
        {field.encode_name for info in _types_at(type, path) for struct in _structs(info) for field in struct.fields}
    )


def _types_at(type: Any, path: str) -> list[Any]:
    """Return the types that the value at a path may have."""
    found = [msgspec.inspect.type_info(type)]
    for key in filter(None, re.sub(r"\[[^]]*\]", "", path).split(".")):
        found = [
            field.type
            for info in found
            for struct in _structs(info)
            for field in struct.fields
            if field.encode_name == key
        ]
    return found


def _value_at(value: Any, path: str) -> Any:
    """Return what stands at a path of keys and positions."""
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        value = value[int(index)] if index else value[name]
    return value


def _shown(value: Any) -> str:
    """Return a value as one writes it, shortened where it is long."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value) if isinstance(value, (int, float, str)) else f"a {value.__class__.__name__}"
    return text if len(text) <= 40 else f"{text[:36]} ..."


def _structs(info: Any) -> list[msgspec.inspect.StructType]:
    if isinstance(info, msgspec.inspect.StructType):
        return [info]
    if isinstance(info, msgspec.inspect.UnionType):
        return [struct for member in info.types for struct in _structs(member)]
    inner = getattr(info, "item_type", None) or getattr(info, "value_type", None)
    return _structs(inner) if inner is not None else []


def _number(value: Any) -> Any:
    """Return a number of another library, such as NumPy's, as one of Python's."""
    if not hasattr(value, "item"):
        raise DecodeError(f"found a {value.__class__.__name__}, expected a number or text")
    return value.item()


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_none(item) for item in value]
    return value


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
