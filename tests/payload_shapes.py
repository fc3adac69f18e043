"""Compare what two answers look like: their keys, the types of their values and the formats of their texts."""

import re

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
        return "number"
    if isinstance(value, str):
        return next((name for name, pattern in FORMATS if re.fullmatch(pattern, value)), "text")
    return "list" if isinstance(value, list) else "object"


def is_table(value):
    """Say whether an object's keys are symbols, not names."""
    return all(SYMBOL.fullmatch(key) for key in value)


def differences(recorded, ours, place="$"):
    """Return "place: what differs" for each difference; null agrees with everything, an empty list or table with any."""
    if recorded is None or ours is None:
        return set()
    kinds = kind_of(recorded), kind_of(ours)
    if re.search(r"\.c(\[\])?$", place) and isinstance(recorded, str):  # letters, digits among them
        kinds = "text", "text" if isinstance(ours, str) else kinds[1]
    if kinds[0] != kinds[1]:
        return {f"{place}: {kinds[0]} is {kinds[1]}"}
    if kinds[0] == "list":
        return set().union(*(nearest(recorded, other, f"{place}[]") for other in ours))
    if kinds[0] != "object":
        return set()
    if is_table(recorded) and is_table(ours):
        found = [differences(one, other, f"{place}.*") for one in recorded.values() for other in ours.values()]
        return set().union(*found)
    missing = {f"{place}.{key}: missing" for key in set(recorded) - set(ours)}
    more = {f"{place}.{key}: added" for key in set(ours) - set(recorded)}
    shared = [differences(recorded[key], ours[key], f"{place}.{key}") for key in set(recorded) & set(ours)]
    return missing.union(more, *shared)


def nearest(recorded, ours, place):
    """Return the differences from that recorded item which is most alike: a list may hold answers of several kinds."""
    return min((differences(one, ours, place) for one in recorded), key=len, default=set())
