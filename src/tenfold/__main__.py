"""Start the command line: `tenfold` or `python -m tenfold`."""

import sys

INTERRUPTED = 130

try:
    from tenfold.app.cli.program import main
except KeyboardInterrupt:  # what reads its arguments is not there yet
    said = "interrupted; nothing was begun"
    as_json = "--json" in sys.argv
    sys.stderr.write(f'{{"error":"{said}","code":{INTERRUPTED}}}\n' if as_json else f"error: {said}\n")
    sys.exit(INTERRUPTED)

if __name__ == "__main__":
    sys.exit(main())

__all__ = ["main"]
