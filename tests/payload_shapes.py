"""Compare what two answers look like: their keys, the types of their values and the formats of their texts."""

import re
from itertools import product

FORMATS = (
    ("uuid", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ("activity id", r"\d{17}::[0-9a-f-]{36}"),
    ("time", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)"),
    ("date", r"\d{4}-\d\d-\d\d"),
    ("clock", r"\d\d:\d\d"),
    ("decimal", r"-?\d+(\.\d+)?"),
)
SYMBOL = re.compile(r"[A-Z]{1,7}(/USD)?")


def kind_of(value):
    """Return the type of a value, for a text its format."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "truth"
    if isinstance(value, (int, float)):
        return "whole number" if isinstance(value, int) else "number"
    if isinstance(value, str):
        return next((name for name, pattern in FORMATS if re.fullmatch(pattern, value)), "text")
    return "list" if isinstance(value, list) else "object"


def is_table(value):
    """Say whether an object's keys are symbols, not names."""
    return all(SYMBOL.fullmatch(key) for key in value)


def fractions(recorded, key=""):
    """Return the keys that were recorded with a fraction: where one shows a whole number, it is so by chance."""
    if isinstance(recorded, dict):
        return set().union(*(fractions(value, name) for name, value in recorded.items()))
    if isinstance(recorded, list):
        return set().union(*(fractions(value, key) for value in recorded))
    return {key} if isinstance(recorded, float) else set()


def differences(recorded, ours, place="$", fractional=frozenset()):
    """Return "place: what differs" for each difference.

    A recorded null, empty list or empty object says nothing of what may stand there; ours says that something is not
    told. Where a fraction was recorded a whole number may stand too; the other way round only under a key that is
    `fractional`.
    """
    if recorded is None:
        return set()
    kinds = kind_of(recorded), kind_of(ours)
    if re.search(r"\.c(\[\])?$", place) and isinstance(recorded, str):  # letters, digits among them
        kinds = "text", "text" if isinstance(ours, str) else kinds[1]
    if set(kinds) == {"number", "whole number"} and (kinds[0] == "number" or key_of(place) in fractional):
        return set()
    if kinds[0] != kinds[1]:
        return {f"{place}: {kinds[0]} is {kinds[1]}"}
    if kinds[0] not in {"list", "object"}:
        return set()
    if recorded and not ours:
        return {f"{place}: {kinds[0]} is empty"}
    if kinds[0] == "list":
        return set().union(*(nearest(recorded, other, f"{place}[]", fractional) for other in ours))
    if is_table(recorded) and is_table(ours):
        pairs = product(recorded.values(), ours.values())
        return set().union(*(differences(one, other, f"{place}.*", fractional) for one, other in pairs))
    missing = {f"{place}.{key}: missing" for key in set(recorded) - set(ours)}
    more = {f"{place}.{key}: added" for key in set(ours) - set(recorded)}
    shared = set(recorded) & set(ours)
    within = (differences(recorded[key], ours[key], f"{place}.{key}", fractional) for key in shared)
    return missing.union(more, *within)


def key_of(place):
    """Return the name of the key that a place lies under."""
    return place.removesuffix("[]").rpartition(".")[2]


def nearest(recorded, ours, place, fractional=frozenset()):
    """Return the differences from that recorded item which is most alike: a list may hold answers of several kinds."""
    return min((differences(one, ours, place, fractional) for one in recorded), key=len, default=set())
