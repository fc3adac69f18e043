"""Name the profiles of limits."""

from typing import Final

from msgspec.structs import replace

from tenfold.domain.errors import SettingsError, did_you_mean
from tenfold.domain.rules import Limits

LIVE: Final = Limits(
    position_frac_max=0.05,
    gross_frac_max=0.30,
    daily_loss_frac_max=0.02,
    drawdown_frac_max=0.10,
    reset_sessions=None,
    positions_max=10,
    correlation_max=0.70,
)

PROFILES: Final = {
    "none": Limits(),
    "research": replace(LIVE, reset_sessions=5, positions_max=None, correlation_max=None),
    "live": LIVE,
}
"""`research` trades again five sessions after a trip and looks at no two symbols at once, `live` when a person resumes."""


def limits_of(profile: str) -> Limits:
    """Return the limits of a profile, or refuse the name in one line."""
    if profile not in PROFILES:
        raise SettingsError(f"there is no profile of limits {profile}; {did_you_mean(profile, list(PROFILES))}")
    return PROFILES[profile]
