"""Say how much raw market data is kept beside a live session."""

from typing import Annotated

import msgspec
from msgspec import Meta


class CaptureSettings(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Say how much raw market data `--capture FOLDER` keeps.

    Parameters
    ----------
    segment_mib : size in MiB from which on the next file of the folder is begun
    keep_mib : size in MiB of all files together, beyond which the oldest ones are removed; the one that is written stays
    """

    segment_mib: Annotated[int, Meta(ge=1, le=1024)] = 64
    keep_mib: Annotated[int, Meta(ge=1)] = 4096
