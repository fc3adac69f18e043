"""Read queries and bodies as typed values, in the spellings that clients use.

A query has texts alone: `True` is a truth, lists are joined by commas, choices come in any case, times as RFC 3339.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Any, Final, NamedTuple, TypeVar

import msgspec
from msgspec import Meta, inspect

from tenfold.exchange.refusal import MALFORMED, Refusal
from tenfold.exchange.wire import parse_day, parse_time

T = TypeVar("T")

Moment = Annotated[int, Meta(extra_json_schema={"format": "date-time"})]
"""UTC nanoseconds; on the wire a date or an RFC 3339 time."""
Day = Annotated[int, Meta(extra_json_schema={"format": "date"})]
"""Days since 1970-01-01; on the wire a date."""

_FORMATS: Final[dict[str, Callable[[str], int]]] = {"date-time": parse_time, "date": parse_day}


class Nothing(msgspec.Struct, frozen=True):
    """Ask for nothing."""


class Parameter(NamedTuple):
    """Describe one parameter of a query.

    `format` of its text ("date", "date-time" or ""), `choices` that it has, `many` whether it is a list joined by commas.
    """

    name: str
    field: str
    required: bool
    format: str
    choices: tuple[str, ...]
    many: bool
    schema: dict[str, Any]


@lru_cache(maxsize=256)
def parameters(type: Any) -> tuple[Parameter, ...]:
    """Return the parameters of a struct that describes a query."""
    (schema,), components = msgspec.json.schema_components([type], ref_template="#/components/schemas/{name}")
    shown = components[schema["$ref"].rpartition("/")[2]]["properties"]
    return tuple(_parameter(field, shown[field.encode_name]) for field in inspect.type_info(type).fields)  # type: ignore[attr-defined]


def _parameter(field: inspect.Field, schema: dict[str, Any]) -> Parameter:
    """Describe a field: what of its union is no None, and what its metadata say."""
    kind, format = field.type, ""
    kinds = (
        [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        if isinstance(kind, inspect.UnionType)
        else [kind]
    )
    kind = kinds[0]
    if isinstance(kind, inspect.Metadata):
        format, kind = (kind.extra_json_schema or {}).get("format", ""), kind.type
    choices = tuple(str(value) for value in kind.values) if isinstance(kind, inspect.LiteralType) else ()
    many = isinstance(kind, inspect.VarTupleType)
    schema = {key: value for key, value in schema.items() if key != "default" or value is not None}
    if "anyOf" in schema:  # a query has no null
        (only,) = [one for one in schema.pop("anyOf") if one != {"type": "null"}]
        schema |= only
    if format:
        schema["type"] = "string"
    return Parameter(field.encode_name, field.name, field.required, format, choices, many, schema)


def read_query(type: type[T], query: Mapping[str, str], refuse: Callable[[str], Refusal]) -> T:
    """Return a query as a value of a struct; what it does not know is ignored, empty texts count as absent.

    Raises
    ------
    Refusal
        What `refuse` makes of a line that names the parameter.
    """
    struct: Any = type
    try:
        asked: T = _asked(struct, tuple(query.items()))
    except ValueError as error:
        raise refuse(str(error)) from None
    return asked


@lru_cache(maxsize=256)
def _asked(type: Any, query: tuple[tuple[str, str], ...]) -> Any:
    """Return the value that a query asks for, which many ask for again; ValueError where it is none."""
    texts = dict(query)
    given: dict[str, Any] = {}
    for parameter in parameters(type):
        text = texts.get(parameter.name, "").strip()
        if not text:
            if parameter.required:
                raise ValueError(f"{parameter.name} is required")
            continue
        given[parameter.name] = _value(parameter, text)
    try:
        return msgspec.convert(given, type, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"invalid query parameter: {error}") from None


def _value(parameter: Parameter, text: str) -> Any:
    """Return the text of a parameter as what `msgspec` converts; ValueError where it is none."""
    if parameter.format:
        try:
            return _FORMATS[parameter.format](text)
        except (ValueError, OverflowError):
            raise ValueError(f"invalid {parameter.name}: {text!r} is no {parameter.format}") from None
    if parameter.many:
        return [part.strip() for part in text.split(",") if part.strip()]
    if parameter.choices:
        for choice in parameter.choices:
            if text.lower() == choice.lower():
                return choice
        raise ValueError(f"invalid {parameter.name}: {text!r}, expected one of {', '.join(parameter.choices)}")
    return text


def read_body(type: type[T], body: bytes, refuse: Callable[[str], Refusal]) -> T:
    """Return a JSON body as a value of a type.

    Raises
    ------
    Refusal
        400 for what is no JSON, else what `refuse` makes of a line that names the field.
    """
    try:
        return msgspec.json.decode(body or b"{}", type=type, strict=False)
    except msgspec.ValidationError as error:
        raise refuse(f"invalid request body: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal(400, MALFORMED, "request body format is invalid") from None
