"""Let an exchange take in again what a log recorded, everything at its moment."""

from typing import BinaryIO

from tenfold.exchange.core import Exchange
from tenfold.exchange.event_log import Foreign, Switched, recorded_input
from tenfold.exchange.messages import Request


def repeat(exchange: Exchange, file: BinaryIO) -> str:
    """Return the hash of the exchange's own log; that of the recorded run where settings and data are those of it.

    Raises DataError where the file breaks off or is no log.
    """
    for taken in recorded_input(file):
        if isinstance(taken, Request):
            exchange.handle(taken)
            continue
        exchange.advance(taken if isinstance(taken, int) else taken.ts_ns)
        if isinstance(taken, Switched):
            exchange.switch(taken.name, taken.switch)
        elif isinstance(taken, Foreign):
            exchange.send_foreign_order(taken.account)
    return exchange.log.digest
