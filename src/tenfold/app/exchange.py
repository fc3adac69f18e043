"""Open the simulated exchange for tests, notebooks and the command: a server in a thread of its own."""

import asyncio
import errno
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self, TypeVar, Unpack

from tenfold.app import wiring
from tenfold.app.exchange_prepared import Prepared, prepare_exchange
from tenfold.app.exchange_settings import Options, exchange_settings
from tenfold.app.exchange_status import Status
from tenfold.domain.bars import Bars
from tenfold.domain.errors import InvariantError, SettingsError, StorageError
from tenfold.exchange.event_log import EventLog
from tenfold.exchange.events import MarketEvent
from tenfold.exchange.faults import Switch
from tenfold.exchange.messages import TradeUpdate
from tenfold.exchange.server.app import ExchangeServer
from tenfold.exchange.settings import ExchangeSettings

T = TypeVar("T")

PATIENCE_S: Final = 60.0
_SINK_BYTES: Final = 1 << 20


class RunningExchange:
    """Reach an exchange that serves in another thread.

    Attributes
    ----------
    exchange : the exchange itself; touch it by `call` alone while it serves
    label, symbols : what is traded
    host, port : where it listens
    key, secret : the pair of its first account
    last : the status that was asked for last
    """

    def __init__(self, prepared: Prepared) -> None:
        exchange = self.exchange = prepared.exchange
        self.label = prepared.label
        self.symbols = tuple(exchange.assets)
        self.host = exchange.settings.server.host
        self.port = 0
        account = exchange.settings.trading.accounts[0]
        self.key, self.secret = account.key, account.secret
        self._span = prepared.span_ns
        self._server = ExchangeServer(exchange, exchange.settings.server, wiring.clock())
        self._thread = threading.Thread(target=self._serve, name="tenfold-exchange", daemon=True)
        self._opened: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._events: Counter[str] = Counter()
        self._failure: Exception | None = None
        exchange.subscribe(self._count)
        self.last = self._status()

    @property
    def url(self) -> str:
        """Base of both REST interfaces: Alpaca's client adds `/v2` itself."""
        return f"http://{self.host}:{self.port}"

    @property
    def trading_stream_url(self) -> str:
        """Where trade updates come from."""
        return f"ws://{self.host}:{self.port}/stream"

    @property
    def data_stream_url(self) -> str:
        """Where market data come from."""
        return f"ws://{self.host}:{self.port}/v2/iex"

    @property
    def digest(self) -> str:
        """The hash of everything that went in and came out so far."""
        return self.exchange.log.digest

    def call(self, function: Callable[[], T]) -> T:
        """Return what a function returns in the thread of the exchange, between two of its events."""
        loop = self._loop
        if loop is None or not self.alive():
            return function()

        async def called() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(called(), loop).result(PATIENCE_S)

    def set_fault(self, name: str, switch: Switch | None) -> None:
        """Switch a fault on, change it, or switch it off with None; SettingsError for an unknown name."""
        self.call(lambda: self.exchange.switch(name, switch))

    def status(self) -> Status:
        """Return how it fares."""
        self.last = self.call(self._status)
        return self.last

    def alive(self) -> bool:
        """Say whether it still serves; raises what it failed of."""
        alive = self._thread.is_alive()
        if self._failure is not None:
            raise self._failure
        return alive

    def start(self) -> Self:
        """Serve; SettingsError where the address cannot be listened on."""
        self._thread.start()
        self.port, self._loop, self._stop = self._opened.result()
        return self

    def stop(self) -> None:
        """Close every connection and end the thread."""
        if self._loop is None or self._stop is None or not self._thread.is_alive():
            return
        self.status()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_S)
        if self._thread.is_alive():
            raise InvariantError(f"the exchange did not stop within {PATIENCE_S:g} s")

    def _serve(self) -> None:
        try:
            asyncio.run(self._run())
        except Exception as error:  # told to who waits for it
            if self._opened.done():
                self._failure = error
            else:
                self._opened.set_exception(error)

    async def _run(self) -> None:
        server, stop = self.exchange.settings.server, asyncio.Event()
        try:
            port = await self._server.start(server.host, server.port)
        except (OSError, UnicodeError) as error:
            hint = "; port 0 takes a free one" if getattr(error, "errno", None) == errno.EADDRINUSE else ""
            raise SettingsError(
                f"the exchange cannot listen on {server.host}:{server.port}: {getattr(error, 'strerror', None) or error}{hint}"
            ) from None
        self._opened.set_result((port, asyncio.get_running_loop(), stop))
        driving, stopped = asyncio.ensure_future(self._server.run()), asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait([driving, stopped], return_when=asyncio.FIRST_COMPLETED)
            if driving.done():
                driving.result()
        finally:
            driving.cancel()
            stopped.cancel()
            await asyncio.gather(driving, stopped, return_exceptions=True)
            await self._server.stop()

    def _count(self, event: MarketEvent | TradeUpdate) -> None:
        self._events[event.event if isinstance(event, TradeUpdate) else "market"] += 1

    def _status(self) -> Status:
        exchange = self.exchange
        told = self._server.status()
        return Status(
            now_ns=exchange.now_ns,
            start_ns=self._span[0],
            end_ns=self._span[1],
            speed=exchange.settings.speed,
            ended=exchange.replay.next_ns() is None,
            phase=exchange.sessions.phase(exchange.now_ns),
            clients=dict(told["clients"]),
            requests=told["requests"],
            orders=self._events["new"],
            fills=self._events["fill"] + self._events["partial_fill"],
            events=self._events["market"],
            faults=dict(exchange.faults.fired),
        )


@contextmanager
def open_exchange(
    settings: ExchangeSettings | None = None,
    *,
    data: Path | str | Bars | None = None,
    sample: str | None = None,
    period: str | None = None,
    synthetic: bool = False,
    record: Path | str | None = None,
    **options: Unpack[Options],
) -> Iterator[RunningExchange]:
    """Serve an exchange while the block runs.

    Parameters
    ----------
    settings : in place of the options
    data : a catalogue, a folder of Parquet or CSV files, one such file, or bars; the catalogue of the settings by default
    sample : a set that an installed package ships
    period : of the bars, the shortest by default
    synthetic : take a made-up market even where there are data; where there are none it is taken anyhow
    record : file that everything which goes in and comes out is written to
    options : those of `app.exchange_settings.exchange_settings`; the port is a free one by default

    Raises SettingsError, UnknownNameError, DataError or StorageError in one line.
    """
    if settings is not None and options:
        raise SettingsError(f"whole settings are given, and {', '.join(options)} beside them; give one of the two")
    options.setdefault("port", 0)
    chosen = exchange_settings(**options) if settings is None else settings
    with _sink(record) as sink:
        prepared = prepare_exchange(
            chosen, data=data, sample=sample, period=period, synthetic=synthetic, log=EventLog(sink)
        )
        running = RunningExchange(prepared).start()
        try:
            yield running
        finally:
            running.stop()


@contextmanager
def _sink(path: Path | str | None) -> Iterator[Callable[[bytes], object] | None]:
    """Yield what records are written by; the file comes into its place when it is whole."""
    if path is None:
        yield None
        return
    final = Path(path).expanduser()
    if final.is_dir():
        raise StorageError(f"{final} cannot be written: it is a folder, expected the name of a file")
    part = final.with_name(f".{final.name}.part")
    try:
        file = part.open("wb", buffering=_SINK_BYTES)
    except OSError as error:
        raise StorageError(f"{final} cannot be written: {error.strerror}") from None
    with file:
        yield file.write
    part.replace(final)
