"""Import, list, check and show market data."""

from argparse import ArgumentParser

SUMMARY = "import, list, check and show market data"
EXAMPLES = """\
examples:
  tenfold data import prices.csv --symbol SPY
  tenfold data list
  tenfold data check SPY
  tenfold data show SPY
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the sub-commands."""
    commands = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    del commands
