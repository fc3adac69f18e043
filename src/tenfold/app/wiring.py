"""Join the core to the outside: the only module that knows the adapters."""

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from tenfold.adapters.clock import SystemClock
from tenfold.adapters.clock import pause as sleep
from tenfold.app.capture_settings import CaptureSettings
from tenfold.app.settings import load_settings
from tenfold.domain.capture import CaptureCheck
from tenfold.domain.errors import SettingsError, StorageError, UnknownNameError
from tenfold.domain.events import Captured
from tenfold.domain.fence import Fence
from tenfold.domain.instrument import Instrument
from tenfold.domain.keys import Keys
from tenfold.domain.live_market import LiveValue
from tenfold.domain.session import Session
from tenfold.domain.venue_access import VenueAccess
from tenfold.execution.lease import Lease
from tenfold.ports import BarSource, Clock, TrialLog

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    import numpy as np
    from numpy.typing import NDArray

    from tenfold.adapters.alpaca.market_data import MarketData, Wanted
    from tenfold.adapters.alpaca.reference import AlpacaReference
    from tenfold.adapters.alpaca.trade_updates import OrderReport, TradeUpdates
    from tenfold.adapters.alpaca.trading import AlpacaTrading
    from tenfold.adapters.capture import Capture
    from tenfold.adapters.checkpoints import Checkpoints
    from tenfold.adapters.executors.processes import ProcessExecutor
    from tenfold.adapters.executors.ray import RayExecutor
    from tenfold.adapters.executors.threads import ThreadExecutor
    from tenfold.adapters.files.content import FileContent
    from tenfold.adapters.files.reader import Reading
    from tenfold.adapters.gateway import Gateway
    from tenfold.adapters.journal.inbox import Inbox
    from tenfold.adapters.journal.journal import SqlJournal
    from tenfold.adapters.lockstep import LockstepLine
    from tenfold.adapters.parquet.catalogue import Catalogue, Name
    from tenfold.adapters.parquet.pages import PageStore
    from tenfold.adapters.runs import RunStore


def clock() -> Clock:
    """Return the clock of this machine."""
    return SystemClock()


def catalogue_folder() -> Path:
    """Return the folder of imported market data; it need not exist yet."""
    return load_settings().folder / "catalogue"


def runs_folder() -> Path:
    """Return the folder of stored runs; it need not exist yet."""
    return load_settings().folder / "runs"


def journal_file() -> Path:
    """Return the journal of runs that trade, where no other is named; it need not exist yet."""
    return load_settings().folder / "journal.db"


def journal_target(journal: str | Path | None) -> str:
    """Return where a journal is written: an address, a file, or by default that of the home folder, whose folder is made."""
    if journal:
        return str(journal) if "://" in str(journal) else str(Path(journal).expanduser())
    usual = journal_file()
    try:
        usual.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"the home folder {usual.parent} cannot be made: {error.strerror}; name one that can be written with TENFOLD_HOME"
        ) from None
    return str(usual)


def bar_store(folder: Path | str | None = None) -> "Catalogue":
    """Return the catalogue in a folder, by default that of the settings."""
    from tenfold.adapters.parquet.catalogue import Catalogue

    return Catalogue(catalogue_folder() if folder is None else Path(folder).expanduser())


def run_store(root: "str | PathLike[str] | None" = None) -> "RunStore":
    """Return the store of runs in a folder, by default that of the settings."""
    from tenfold.adapters.runs import RunStore

    return RunStore(runs_folder() if root is None else Path(root).expanduser())


def trial_log() -> TrialLog:
    """Return the log of every evaluation ever made, in the home folder; one a folder and process."""
    return _trial_log(load_settings().folder / "trials")


@cache
def _trial_log(folder: Path) -> TrialLog:
    from tenfold.adapters.trials.ledger import TrialLedger

    return TrialLedger(folder)


def executor(
    workers: int | None = None, ray: str | None = None, processes: bool = False
) -> "ThreadExecutor | ProcessExecutor | RayExecutor":
    """Return what runs independent work; use it in a `with`.

    Threads on the cores of this machine, processes where asked for, or the Ray cluster at an address.
    """
    if ray is not None:
        from tenfold.adapters.executors.ray import RayExecutor

        return RayExecutor(ray)
    if processes:
        from tenfold.adapters.executors.processes import ProcessExecutor

        return ProcessExecutor(workers)
    from tenfold.adapters.executors.threads import ThreadExecutor

    return ThreadExecutor(workers)


def checkpoints(folder: Path) -> "Checkpoints":
    """Return what keeps results by key in a folder, so that work which was cut off goes on."""
    from tenfold.adapters.checkpoints import Checkpoints

    return Checkpoints(folder)


def begin_journal(target: str, run: str, description: bytes) -> "SqlJournal":
    """Return a new run in the journal at a path, or at an address of PostgreSQL; "" takes the next free number."""
    from tenfold.adapters.journal.journal import begin_run

    return begin_run(target, run, description)


def open_journal(target: str, run: str = "") -> "SqlJournal":
    """Return a run of the journal at a path, or at an address of PostgreSQL; by default the newest."""
    from tenfold.adapters.journal.journal import open_run

    return open_run(target, run)


def check_journal(target: str) -> None:
    """Refuse what a journal cannot be made at, by its name alone; SettingsError."""
    from tenfold.adapters.journal.database import open_engine

    open_engine(target, making=True).dispose()


def lease(journal: "SqlJournal") -> Lease:
    """Return the lease of a run, which nobody holds yet from here: `seek` it, and the journal writes under its epoch."""
    from tenfold.adapters.journal.tenures import SqlTenures

    return Lease(SqlTenures(journal))


def operator_inbox(target: str, run: str = "") -> "Inbox":
    """Return where an operator posts events for a run of a journal, by default its newest; errors as `open_journal`."""
    from tenfold.adapters.journal.inbox import Inbox

    return Inbox(target, run)


def lockstep_line(url: str, keys: Keys) -> "LockstepLine":
    """Return the channel by which the clock of a simulated exchange waits for us."""
    from tenfold.adapters.lockstep import LockstepLine

    return LockstepLine(url, keys)


def capture(folder: Path, kept: CaptureSettings) -> "Capture":
    """Return what keeps raw market data in a folder, in segments of which the oldest go."""
    from tenfold.adapters.capture import Capture

    return Capture(folder, segment_bytes=kept.segment_mib << 20, keep_bytes=kept.keep_mib << 20)


def check_capture(folder: Path, marks: Iterable[Captured]) -> CaptureCheck:
    """Hold a capture against the marks of a journal."""
    from tenfold.adapters.capture import check_capture as check

    return check(folder, marks)


def samples() -> ModuleType:
    """Return the reader of the sample sets: `SAMPLES` and `sample_series`."""
    from tenfold.adapters import samples as found

    return found


def file_reader() -> "Callable[..., FileContent]":
    """Return the function that reads CSV, Parquet and zipped files."""
    from tenfold.adapters.files.reader import read_file

    return read_file


def part_reader() -> "Callable[..., Iterator[FileContent] | None]":
    """Return the function that reads large files of ticks part by part."""
    from tenfold.adapters.files.parts import read_parts

    return read_parts


def file_reading(**options: Any) -> "Reading":
    """Return how a file is to be read; DataError where an option is unknown."""
    from tenfold.adapters.files.reader import Reading

    return Reading(**options)


def page_store(folder: Path | str | None = None) -> "PageStore":
    """Return the store of what was fetched and is not in the catalogue yet."""
    from tenfold.adapters.parquet.pages import PageStore

    return PageStore(catalogue_folder() if folder is None else Path(folder).expanduser())


def bar_source(name: str, *, tz: str | None = None, stamp: str = "open", adjustment: str = "raw") -> BarSource:
    """Return a source of bars: "yahoo", "ccxt:EXCHANGE" or the address of CSV files.

    Raises UnknownNameError for another name, DataError where the library that it needs is not installed.
    """
    if "://" in name:
        from tenfold.adapters.files.http import HttpSource

        return HttpSource(name, tz=tz, stamp=stamp, adjustment=adjustment)
    if name in ("yahoo", "yfinance"):
        from tenfold.adapters.yahoo import yahoo_source

        return yahoo_source()
    kind, _, exchange = name.partition(":")
    if kind == "ccxt" and exchange:
        from tenfold.adapters.ccxt import ccxt_source

        return ccxt_source(exchange)
    raise UnknownNameError(
        f"there is no source {name}, expected yahoo, ccxt:EXCHANGE such as ccxt:binance, or an address such as "
        "https://host/{symbol}.csv"
    )


def loop_factory() -> "Callable[[], AbstractEventLoop]":
    """Return what makes the loop that sockets are served by: uvloop's where it is installed."""
    from tenfold.adapters.event_loop import loop_factory as factory

    return factory()


def pause(seconds: float) -> None:
    """Let time pass."""
    sleep(seconds)


def action_reader() -> "Callable[[Path, str | None], dict[str, NDArray[np.void]]]":
    """Return the function that reads splits and dividends from a file."""
    from tenfold.adapters.files.actions import read_actions

    return read_actions


def symbol_name(symbol: str, day: int, renamed_to: str, reason: str) -> "Name":
    """Return the record of a rename or, without a later name, of a delisting."""
    from tenfold.adapters.parquet.catalogue import Name

    return Name(symbol=symbol, day=day, renamed_to=renamed_to, reason=reason)


def calendar_sessions(name: str, first_day: int, last_day: int) -> list[Session]:
    """Return the sessions of an exchange between two days since 1970-01-01, both included."""
    from tenfold.adapters.calendar import calendar_sessions as sessions

    return sessions(name, first_day, last_day)


def alpaca_trading(
    access: VenueAccess,
    keys: Keys,
    instruments: Iterable[Instrument],
    clock: Clock,
    lease_deadline_ns: Callable[[], int] | None = None,
    epoch: "tuple[str, Callable[[], int]] | None" = None,
) -> "AlpacaTrading":
    """Return what carries requests about orders to an account of Alpaca.

    `lease_deadline_ns` says until when this process may send, by the clock's monotonic time; `epoch` are the run and what tells
    its epoch, for the gateway of the settings. Raises SettingsError for an address that is none, and for a gateway without a lease.
    """
    from tenfold.adapters.alpaca.addresses import addresses_of
    from tenfold.adapters.alpaca.quantities import Quantities
    from tenfold.adapters.alpaca.rest_client import RestClient
    from tenfold.adapters.alpaca.trading import AlpacaTrading

    chance = random.Random()  # noqa: S311 -- of pauses between tries
    fence = None
    if access.gateway:
        if epoch is None:
            raise SettingsError(
                "alpaca.gateway is set, and this run holds no lease: leave it out, or trade by an engine that does"
            )
        host, _, port = access.gateway.rpartition(":")
        if int(port) > 65535:
            raise SettingsError(f"alpaca.gateway is {access.gateway}, expected a port up to 65535")
        fence = Fence(host, int(port), *epoch)
    rest = RestClient(addresses_of(access).trading, keys, clock, chance, lease_deadline_ns, fence)
    return AlpacaTrading(rest, Quantities(instruments), clock, access.deadline_s)


@contextmanager
def gateway(target: str, access: VenueAccess) -> "Iterator[Gateway]":
    """Yield a gateway to the venue for those who hold the lease of a run of a journal."""
    from urllib.parse import urlsplit

    from tenfold.adapters.alpaca.addresses import addresses_of
    from tenfold.adapters.gateway import Gateway
    from tenfold.adapters.journal.tenures import Epochs

    place = urlsplit(addresses_of(access).trading)
    epochs = Epochs(target)
    try:
        yield Gateway(epochs.of, {(place.hostname or "", place.port or (443 if place.scheme == "https" else 80))})
    finally:
        epochs.close()


def alpaca_reference(access: VenueAccess, keys: Keys, clock: Clock) -> "AlpacaReference":
    """Return what asks Alpaca for its clock, its calendar, what may be traded, past bars and the account, and can do nothing but ask."""
    from tenfold.adapters.alpaca.addresses import addresses_of
    from tenfold.adapters.alpaca.reference import AlpacaReference
    from tenfold.adapters.alpaca.rest_client import RestClient

    places, chance = addresses_of(access), random.Random()  # noqa: S311 -- of pauses between tries
    trading, data = (RestClient(place, keys, clock, chance, asks_only=True) for place in (places.trading, places.data))
    return AlpacaReference(trading, data, clock, access.feed)


def alpaca_updates(
    access: VenueAccess,
    keys: Keys,
    instruments: Iterable[Instrument],
    clock: Clock,
    tell: "Callable[[OrderReport], None]",
) -> "TradeUpdates":
    """Return the stream of an account's orders; `tell` gets each report as it comes."""
    from tenfold.adapters.alpaca.addresses import addresses_of
    from tenfold.adapters.alpaca.liveness import LivenessLimits
    from tenfold.adapters.alpaca.quantities import Quantities
    from tenfold.adapters.alpaca.trade_updates import TradeUpdates

    chance = random.Random()  # noqa: S311 -- of pauses between tries
    url = addresses_of(access).trading_stream
    return TradeUpdates(url, keys, Quantities(instruments), clock, chance, tell, LivenessLimits())


def alpaca_market_data(
    access: VenueAccess,
    keys: Keys,
    wanted: "Wanted",
    clock: Clock,
    take: Callable[[int, list[LiveValue]], None],
    link: Callable[[Literal["connected", "severed", "unread"], str, int], None],
    sessions: Iterable[Session] = (),
    record: Callable[[int, bytes], None] | None = None,
) -> "MarketData":
    """Return the stream of market data: `wanted` are symbols by channel, `take` gets the values of each frame, `link` how it stands.

    `sessions` say when silence is a fault; without them it always is. `record` gets each frame as it came.
    """
    from tenfold.adapters.alpaca.addresses import addresses_of
    from tenfold.adapters.alpaca.liveness import LivenessLimits
    from tenfold.adapters.alpaca.market_data import MarketData
    from tenfold.adapters.alpaca.open_hours import OpenHours

    chance = random.Random()  # noqa: S311 -- of pauses between tries
    limits = LivenessLimits(silence_s=access.silence_s, lag_s=access.lag_s)
    url = addresses_of(access).data_stream
    if not access.data_stream_url and any("/" in one for symbols in wanted.values() for one in symbols):
        url = f"{url.rsplit('/', 2)[0]}/v1beta3/crypto/us"  # coins have a stream of their own
    return MarketData(url, keys, wanted, clock, chance, take, link, OpenHours(sessions), limits, record)
