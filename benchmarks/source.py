"""Choose the source of Tenfold that is measured: the working tree, or a revision that nobody edits meanwhile."""

import io
import subprocess
import tarfile
from pathlib import Path

from environments import ENVIRONMENTS, ROOT


class Source:
    """Hold the source under test; `exported` is None for the working tree."""

    def __init__(self) -> None:
        self.exported: Path | None = None
        self.revision = ""

    def take(self, revision: str) -> None:
        """Export a revision of `src` beside the environments, and measure that."""
        self.revision = _git("rev-parse", "--short", revision).decode().strip()
        folder = ENVIRONMENTS / "source" / self.revision
        if not folder.exists():
            part = folder.with_name(folder.name + ".part")
            with tarfile.open(fileobj=io.BytesIO(_git("archive", self.revision, "src"))) as archive:
                archive.extractall(part, filter="data")
            part.rename(folder)
        self.exported = folder / "src"

    def describe(self) -> str:
        """Return the revision where there is one, and whether the working tree differs from it."""
        if self.exported is not None:
            return self.revision
        if not (ROOT / ".git").exists():
            return "unknown"
        head = _git("rev-parse", "--short", "HEAD").decode().strip()
        return f"{head} with changes" if _git("status", "--porcelain", "--", "src") else head


def _git(*arguments: str) -> bytes:
    return subprocess.run(("git", "-C", str(ROOT), *arguments), check=True, capture_output=True).stdout


SOURCE = Source()
"""The one source of a run."""
