"""Let only the engine that holds the lease reach the venue."""

import sys
from argparse import ArgumentParser, Namespace

from tenfold.app.cli.options import add_settings
from tenfold.app.cli.output import note, write

SUMMARY = "a gateway through which orders go, and only those of the engine that holds the lease"
EXAMPLES = """\
examples:
  tenfold gateway                                        for runs of journal.db in the home folder
  tenfold gateway --journal postgresql://user@host/tenfold --host 10.0.0.5 --port 8719
  tenfold gateway --set alpaca.account=paper             to Alpaca's paper account

Engines go through it where the setting alpaca.gateway names it (127.0.0.1:8719). It reads no keys and no orders: it passes on what the newest
epoch sends, and ends what an older one still has open. Ctrl-C stops it.
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--journal",
        default="",
        metavar="FILE_OR_URL",
        help="that knows the epochs, by default journal.db of the home folder",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address that it listens on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8719, help="8719 by default; 0 takes a free one")
    add_settings(parser)
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Serve until Ctrl-C, and tell what was passed on."""
    from tenfold.app.gateway import serve_gateway
    from tenfold.app.settings import load_settings

    def opened(port: int) -> None:
        write(options, {"host": options.host, "port": port}, [f"the order gateway listens on {options.host}:{port}"])
        sys.stdout.flush()

    settings = load_settings(dict(options.set))
    found = serve_gateway(options.journal, options.host, options.port, opened, settings)
    note(
        f"stopped; {found.passed:,} connections passed on, {found.refused:,} refused, {found.ended:,} ended by a newer epoch"
    )
    return 0
