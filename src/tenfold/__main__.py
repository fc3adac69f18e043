"""Start the command line: `tenfold` or `python -m tenfold`."""

import sys

from tenfold.app.cli.program import main

if __name__ == "__main__":
    sys.exit(main())

__all__ = ["main"]
