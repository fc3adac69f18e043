"""Trade the same orders on backtesting.py, vectorbt and Tenfold, and tell whether every trade is equal.

    python benchmarks/equality/run.py            judge, and print one line a strategy
    python benchmarks/equality/run.py --record   also keep the peers' trades for tests/parity/test_peer_trades.py

Real data come from the folder that TENFOLD_REFERENCE_DATA names. The exit status is 1 where something differs.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from environments import ENVIRONMENTS, ROOT, PeerMissingError
from parts.equality import recorded
from trial import TrialError

KEPT = ROOT / "tests" / "parity" / "peer_trades.json"
REAL = "GOOG"
"""The symbol whose trades on real data are kept as well."""


def main() -> int:
    """Run, print and keep."""
    parser = argparse.ArgumentParser(description="Equal trades on three platforms.")
    parser.add_argument("--record", action="store_true", help="keep the peers' trades for the tests")
    options = parser.parse_args()
    ENVIRONMENTS.mkdir(exist_ok=True)
    try:
        found = recorded()
    except (PeerMissingError, TrialError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for one in found["scenes"]:
        print(
            f"{one['scene']:<42} {one['symbol']:<8} {one['source']:<5} {one['peer']:<15} {one['trips']:>4} round trips, "
            f"prices within {one['price']:.0e}, equity within {one['equity']:.0e}"
        )
    for one in found["differences"]:
        print(f"not copied from {one['peer']}: {one['name']}")
    if options.record:
        keep(found)
    return 0


def keep(found: dict[str, Any]) -> None:
    """Write facts of the peers: their trades on twins and on one real symbol, with all that is needed to repeat them."""
    scenes = [one for one in found["scenes"] if one["source"] == "twin" or one["symbol"] == REAL]
    lines = [f'"{name}": {json.dumps(bars)}' for name, bars in found["twins"].items()]
    rows = [json.dumps(facts(one)) for one in scenes]
    text = '{"twins": {\n' + ",\n".join(lines) + '\n},\n"scenes": [\n' + ",\n".join(rows) + "\n]}\n"
    part = KEPT.with_name(KEPT.name + ".part")
    part.write_text(text)
    part.replace(KEPT)


def facts(one: dict[str, Any]) -> dict[str, Any]:
    """Return a scene as it is kept: directions as changes, trades as rows."""
    directions = one["directions"]
    changes = [[bar, now] for bar, now in enumerate(directions) if now != (directions[bar - 1] if bar else 0)]
    kept = {name: one[name] for name in ("scene", "symbol", "peer", "source", "bars", "terms", "final")}
    return {**kept, "changes": changes, "trades": one["trades"]}


if __name__ == "__main__":
    sys.exit(main())
