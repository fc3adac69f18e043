"""Name what is kept of raw market data."""

import msgspec


class Frame(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold what one source sent at one moment."""

    source: str
    received_ns: int
    body: bytes


class CaptureCheck(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Tell what became of the marks of a journal: those that hold, and those whose segment was removed since.

    `frames` are in the segments that are left; `difference` is the first that differs, "" where nothing does.
    """

    frames: int
    held: int
    gone: int
    difference: str = ""
