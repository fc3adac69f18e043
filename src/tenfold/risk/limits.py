"""Name the profiles of limits."""

from typing import Final

from msgspec import structs

from tenfold.domain.errors import SettingsError, did_you_mean
from tenfold.domain.rules import Limits

_RESEARCH: Final = Limits(
    position_frac_max=0.05, gross_frac_max=0.30, daily_loss_frac_max=0.02, drawdown_frac_max=0.10, reset_sessions=5
)

LIVE: Final = structs.replace(
    _RESEARCH,
    reset_sessions=None,
    positions_max=10,
    correlation_max=0.70,
    collar_frac_max=0.10,
    order_rate_max=120,
    message_rate_max=180,
    duplicate_window_s=1.0,
    refuse_self_cross=True,
    stale_s_max=60.0,
    clock_offset_s_max=1.0,
    unknown_max=3,
    reject_frac_max=0.5,
    quality_min=50.0,
)

PROFILES: Final = {
    "none": Limits(),
    "research": _RESEARCH,
    "live": LIVE,
}
"""`research` trades again five sessions after a trip and has the first four limits of `live`, which trades again when a
person resumes."""


def limits_of(profile: str) -> Limits:
    """Return the limits of a profile, or refuse the name in one line."""
    if profile not in PROFILES:
        raise SettingsError(f"there is no profile of limits {profile}; {did_you_mean(profile, list(PROFILES))}")
    return PROFILES[profile]
