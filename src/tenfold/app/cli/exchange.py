"""Run a simulated exchange that speaks Alpaca's protocol, and show how it fares."""

import signal
import sys
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tenfold.app.cli.output import note, write
from tenfold.domain.units import format_ns

if TYPE_CHECKING:
    from tenfold.app.exchange import RunningExchange
    from tenfold.exchange.settings import ExchangeSettings

SUMMARY = "a simulated exchange on this machine that Alpaca's own client takes for Alpaca"
EXAMPLES = """\
examples:
  tenfold exchange                                        a made-up market in real time
  tenfold exchange --symbols AAPL,MSFT --speed 60x        from the catalogue where it has them, a minute a second
  tenfold exchange --data prices/ --from 2019-02-11 --speed max --lockstep
  tenfold exchange --fault lost_event=0.05 --fault halt=0.001,value=60
  tenfold exchange --faults faults.yaml --chaos 7         those of a file, over those that a seed draws
  tenfold exchange --record day.log                       keep what it took in and gave out
  tenfold exchange --repeat day.log                       take that in again; the hash is the same

Ctrl-C stops it. docs/how-to/simulated-exchange.md shows how to point a client at it, docs/reference/faults.md lists the faults.
"""
REFRESH_S: Final = 0.25


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    market = parser.add_argument_group("what is traded")
    market.add_argument("--symbols", action="append", default=[], metavar="A,B", help="everything there is by default")
    market.add_argument("--data", metavar="PATH", help="a catalogue, a folder of Parquet or CSV files, or one file")
    market.add_argument("--sample", metavar="NAME", help="a set that ships with a package, e.g. us-large-caps")
    market.add_argument("--synthetic", action="store_true", help="a made-up market, also where there are data")
    market.add_argument("--period", help="of the bars, the shortest by default, e.g. 1m")
    time = parser.add_argument_group("time")
    time.add_argument("--speed", metavar="SPEED", help="1x (default) is real time, 60x a minute a second, max")
    time.add_argument("--from", dest="start", metavar="TIME", help="replay from this day or moment (UTC)")
    time.add_argument("--to", dest="end", metavar="TIME", help="replay to this day, included, or to this moment")
    time.add_argument("--lockstep", action="store_true", help="wait at every event until the clients have handled it")
    time.add_argument("--stop-at-end", action="store_true", help="stop when everything was played")
    faults = parser.add_argument_group("faults")
    faults.add_argument("--faults", metavar="FILE", help="YAML: a line `name: rate` for each")
    faults.add_argument(
        "--fault", action="append", default=[], metavar="NAME=RATE", help="one more; also NAME=RATE,value=2,limit=3"
    )
    faults.add_argument("--chaos", type=int, metavar="SEED", help="draw a probability for each fault from a seed")
    server = parser.add_argument_group("the exchange itself")
    server.add_argument("--settings", metavar="FILE", help="TOML or YAML: any setting of docs/reference/exchange.md")
    server.add_argument("--host", help="address that it listens on (127.0.0.1)")
    server.add_argument("--port", type=int, help="8710 by default; 0 takes a free one")
    server.add_argument("--cash", type=float, help="US dollars in the account at the start")
    server.add_argument("--seed", type=int, help="of every id and every chance")
    server.add_argument("--record", metavar="FILE", help="write down what goes in and comes out")
    server.add_argument(
        "--repeat", metavar="FILE", help="take in what was recorded, without a server, and tell the hash"
    )
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Serve until Ctrl-C or the end of the data, or repeat what was recorded."""
    settings = settings_of(options)
    market = {"data": options.data, "sample": options.sample, "period": options.period, "synthetic": options.synthetic}
    if options.repeat is not None:
        return _repeat(options, settings, market)
    from tenfold.app.exchange import open_exchange
    from tenfold.exchange.server.garbage import set_market_aside

    record = None if options.record is None else Path(options.record)
    with _asked_to_stop() as asked, open_exchange(settings=settings, record=record, **market) as running:
        set_market_aside()
        _greet(options, running)
        _watch(options, running, asked)
    status = running.last
    note(
        f"stopped; {status.requests:,} requests, {status.orders:,} orders, {status.fills:,} fills, "
        f"{sum(status.faults.values()):,} faults, hash {running.digest}"
    )
    return 0


def _repeat(options: Namespace, settings: "ExchangeSettings", market: Mapping[str, Any]) -> int:
    """Take in what was recorded, for which no server is loaded."""
    from tenfold.app.exchange_prepared import repeat_log

    digest, count = repeat_log(Path(options.repeat), settings, **market)
    write(options, {"records": count, "hash": digest}, [f"{count:,} records, hash {digest}"])
    return 0


def settings_of(options: Namespace) -> "ExchangeSettings":
    """Return the settings: those of the file, with what the options say over them."""
    from tenfold.app.exchange_settings import exchange_settings

    return exchange_settings(
        file=options.settings,
        faults_file=options.faults,
        faults=options.fault,
        chaos=options.chaos,
        symbols=symbols_of(options.symbols),
        speed=options.speed,
        start=options.start,
        end=options.end,
        lockstep=options.lockstep,
        host=options.host,
        port=options.port,
        cash=options.cash,
        seed=options.seed,
        wait=not options.stop_at_end,
    )


def symbols_of(given: Sequence[str]) -> tuple[str, ...]:
    """Return symbols given as lists with commas, one or several times, each once."""
    names = (name.strip() for text in given for name in text.split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def addresses(running: "RunningExchange") -> dict[str, str]:
    """Return where the exchange is reached, and the pair of keys that opens its account."""
    return {
        "rest": running.url,
        "trading_stream": running.trading_stream_url,
        "data_stream": running.data_stream_url,
        "admin": f"{running.url}/tenfold/admin/status",
        "key": running.key,
        "secret": running.secret,
    }


def _greet(options: Namespace, running: "RunningExchange") -> None:
    found: dict[str, Any] = {**addresses(running), "market": running.label, "symbols": list(running.symbols)}
    names = ", ".join(running.symbols[:10]) + (
        f" and {len(running.symbols) - 10} more" if len(running.symbols) > 10 else ""
    )
    span, speed = [format_ns(one) for one in (running.last.start_ns, running.last.end_ns)], running.last.speed
    found |= {"from": span[0], "to": span[1], "speed": speed}
    lines = [
        f"the exchange is open: {running.label}",
        f"  symbols          {names}",
        f"  replays          {span[0]} to {span[1]} UTC, speed {speed}",
        f"  REST, data too   {found['rest']}",
        f"  trade updates    {found['trading_stream']}",
        f"  market data      {found['data_stream']}",
        f"  key              {found['key']}",
        f"  secret           {found['secret']}",
    ]
    write(options, found, lines)
    sys.stdout.flush()


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    """Yield what the first Ctrl-C, SIGTERM or SIGHUP sets: an exchange ends in order, its record whole. A second Ctrl-C interrupts."""
    asked = threading.Event()

    def ask(number: int, frame: Any) -> None:
        if asked.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        asked.set()

    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    obeyed = [
        number
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is not signal.SIG_IGN
    ]
    before = {number: signal.signal(number, ask) for number in obeyed}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch(options: Namespace, running: "RunningExchange", asked: threading.Event) -> None:
    """Show the status until everything was played, where that is to end it; else until somebody asks to stop."""
    if options.json or not sys.stdout.isatty():
        while running.alive() and not (options.stop_at_end and running.status().ended) and not asked.wait(REFRESH_S):
            pass
        return
    from rich.live import Live

    from tenfold.app.exchange_status import screen

    title = f"tenfold exchange · {running.url}"
    with Live(screen(running.status(), title), auto_refresh=False) as live:
        while running.alive():
            status = running.status()
            live.update(screen(status, title), refresh=True)
            if (options.stop_at_end and status.ended) or asked.wait(REFRESH_S):
                return
