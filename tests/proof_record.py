"""Keep what a long proof has shown, a line for each thing that was tried, so that it goes on where it was interrupted."""

import hashlib
import json
import os
import subprocess
import threading
from datetime import UTC, datetime

FOLDER = "benchmarks/.env/proofs"
SAME = ("code", "of", "part", "revision", "when")
"""What each line says of where it comes from."""


def code_of(root):
    """Return a hash of everything that decides: the sources, and the processes that tests start."""
    digest = hashlib.sha256()
    for path in (*sorted((root / "src").rglob("*.py")), *sorted((root / "tests").glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def revision_of(root):
    asked = ("git", "-C", root, "describe", "--always", "--dirty")
    found = subprocess.run(asked, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


class ProofRecord:
    """Hold the lines of a proof by its parts: a part is there whole, or it is tried again; what other code showed counts for nothing."""

    def __init__(self, root, name, kept=True):
        self.path = root / FOLDER / f"{name}.jsonl" if kept else None
        self.alone = threading.Lock()
        self.parts = {}
        if kept:
            self.origin = {"code": code_of(root), "revision": revision_of(root)}
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.read()

    def read(self):
        found = {}
        for line in self.path.read_text().splitlines() if self.path.exists() else ():
            try:
                row = json.loads(line)
            except ValueError:  # cut off by a kill
                continue
            if row["code"] == self.origin["code"]:
                found.setdefault((row["part"], row["when"]), []).append(row)
        for (part, _), rows in found.items():
            if len(rows) == rows[0]["of"]:
                self.parts[part] = [{name: value for name, value in row.items() if name not in SAME} for row in rows]

    def shown(self, part, tried):
        """Return the lines of a part, which are tried where they are not known yet."""
        if part not in self.parts:
            rows = tried()
            self.keep(part, rows)
            self.parts[part] = rows
        return self.parts[part]

    def keep(self, part, rows):
        if self.path is None:
            return
        same = {
            **self.origin,
            "part": part,
            "when": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "of": len(rows),
        }
        with self.alone, self.path.open("a") as file:
            file.write("".join(f"{json.dumps({**same, **row})}\n" for row in rows))
            file.flush()
            os.fsync(file.fileno())
