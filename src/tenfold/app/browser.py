"""Open a report in the browser, where somebody could see it."""

import os
import sys
import webbrowser
from pathlib import Path


def show(path: Path) -> bool:
    """Open a file in the browser and return True, or return False where there is no display."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    return webbrowser.open(path.resolve().as_uri())
