"""Say what a run of a journal may be called."""

from tenfold.domain.errors import SettingsError


def check_name(run: str) -> None:
    """Refuse the name of what Tenfold keeps for itself in a journal, as it does the records of the ladder; SettingsError."""
    if run.startswith("."):
        raise SettingsError(
            f"a run cannot be named {run}, expected e.g. run-1: names that begin with a point are Tenfold's own"
        )
