"""Fetch CSV files by an address: one request a span, the answer read like any other file.

How it works
------------
The address is a template: `{symbol}`, `{every}` (1d, 1h, ...), `{from}` and `{to}` (dates, both included), `{from_ms}` and
`{to_ms}` (milliseconds since 1970, the end excluded). Whatever comes back outside the span is left out, so a server that
ignores the dates serves too.
"""

import http.client
import re
import urllib.error
import urllib.request
from email.message import Message
from typing import Final
from urllib.parse import quote, urlsplit

import numpy as np
from numpy.typing import NDArray

from tenfold.adapters.files.reader import Reading, understood
from tenfold.adapters.files.tables import read_columns
from tenfold.domain.bars import BAR
from tenfold.domain.errors import DataError, SourceError, UnknownNameError
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR
from tenfold.market.series import ACTION, encode_period

_TIMEOUT_S: Final = 30.0
_BYTES_MAX: Final = 512 * 1024 * 1024
_NOT_THERE: Final = (404, 410)
_LATER: Final = (408, 425, 429)
_PLACE: Final = re.compile(r"\{(\w+)\}")
_MARGIN_NS: Final = NS_PER_HOUR  # a bar is asked for by its open or its close, whichever the server goes by
_BARS: Final = 5_000


class HttpSource:
    """Give the bars of CSV files on a web server; implements `ports.BarSource`."""

    def __init__(
        self,
        template: str,
        *,
        tz: str | None = None,
        stamp: str = "open",
        adjustment: str = "raw",
        requests_per_s: float = 4.0,
        bars: int = _BARS,
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        known = {"symbol", "every", "from", "to", "from_ms", "to_ms"}
        places = _PLACE.findall(template)
        unknown = [place for place in places if place not in known]
        parts = urlsplit(template)
        if unknown or "symbol" not in places:
            told = f"has {{{unknown[0]}}}" if unknown else "has no {symbol}"
            raise DataError(f"the address {told}, expected {', '.join('{' + name + '}' for name in sorted(known))}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise DataError(f"the address {template[:80]} is not one of a web server, expected https://host/...")
        self._template = template
        self._host = parts.hostname
        self._reading = Reading(tz=tz, stamp=stamp, adjustment=adjustment)
        self._pace = (requests_per_s, bars)
        self._timeout_s = timeout_s

    def name(self) -> str:
        """Return the host, without what an address may hold besides."""
        return self._host

    def pace(self) -> tuple[float, int]:
        """Return (requests a second, bars a request)."""
        return self._pace

    def adjustment(self) -> str:
        """Return what the prices were said to be adjusted for."""
        return self._reading.adjustment or "raw"

    def fetch(
        self, symbol: str, period_ns: int, start_ns: int, stop_ns: int
    ) -> tuple[NDArray[np.void], NDArray[np.void]]:
        """Return the bars that closed in a span, and what the file says about splits and dividends."""
        content = self._get(self._address(symbol, period_ns, start_ns, stop_ns), symbol)
        where = f"{symbol} from {self._host}"
        if len(content.strip().splitlines()) < 2:
            return np.zeros(0, BAR), np.zeros(0, ACTION)
        reading = self._reading
        asked = Reading(
            symbol=symbol,
            tz=reading.tz,
            stamp=reading.stamp,
            adjustment=reading.adjustment,
            period=encode_period(period_ns),
            kind="bars",
        )
        columns = read_columns(content, where, asked.asked)
        (series,) = understood(columns, where, asked).series
        closed = series.rows["ts_ns"]
        rows = series.rows[(closed >= start_ns) & (closed < stop_ns)]
        days = series.actions["day"]
        near = (days >= start_ns // NS_PER_DAY) & (days <= (stop_ns - 1) // NS_PER_DAY)
        return rows[np.argsort(rows["ts_ns"], kind="stable")], series.actions[near]

    def _address(self, symbol: str, period_ns: int, start_ns: int, stop_ns: int) -> str:
        first, last = start_ns - period_ns, stop_ns
        values = {
            "symbol": quote(symbol, safe=""),
            "every": encode_period(period_ns),
            "from": str(np.datetime64(start_ns // NS_PER_DAY if period_ns >= NS_PER_DAY else first // NS_PER_DAY, "D")),
            "to": str(np.datetime64((stop_ns - 1) // NS_PER_DAY, "D")),
            "from_ms": str(first // 10**6),
            "to_ms": str(last // 10**6),
        }
        return _PLACE.sub(lambda place: values[place[1]], self._template)

    def _get(self, address: str, symbol: str) -> bytes:
        """Return the body of an answer; SourceError where it may come later."""
        request = urllib.request.Request(address, headers={"User-Agent": "tenfold", "Accept": "text/csv, */*"})  # noqa: S310 - http and https alone, see __init__
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_s) as answer:  # noqa: S310 - as above
                content: bytes = answer.read(_BYTES_MAX + 1)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(error.code, error.headers, symbol) from error
        except (http.client.InvalidURL, UnicodeError) as error:
            raise DataError(f"the address {address[:80]} cannot be asked: {' '.join(str(error).split())}") from error
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            reason = getattr(error, "reason", None) or str(error) or type(error).__name__
            raise SourceError(f"{self._host} does not answer: {' '.join(str(reason).split())[:120]}") from error
        if len(content) > _BYTES_MAX:
            raise DataError(f"{self._host} sent more than {_BYTES_MAX // 1024**2} MiB for {symbol}; ask for less")
        return content

    def _refused(self, code: int, headers: Message, symbol: str) -> Exception:
        if code in _NOT_THERE:
            return UnknownNameError(f"{self._host} has no {symbol} (answer {code})")
        if code in _LATER or code >= 500:
            asked = headers.get("Retry-After", "")
            return SourceError(
                f"{self._host} answers {code}", float(asked) if re.fullmatch(r"\d{1,4}", asked) else None
            )
        return DataError(f"{self._host} refuses {symbol} with answer {code}; check the address and your access")
