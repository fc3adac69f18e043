"""Hold the settings of the simulated exchange, each with what it does."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from tenfold.domain.errors import SettingsError
from tenfold.domain.instrument import Symbol
from tenfold.domain.rules import QueueModel
from tenfold.exchange.clock import speed_of
from tenfold.exchange.faults import Switch

KEY: Final = "PKTENFOLDSIMULATED01"
"""Key of the account that every exchange opens with."""
SECRET: Final = "tenfoldsimulatedexchangesecret0000000001"  # noqa: S105 -- of a simulated account, printed at every start

_Word = Annotated[str, Meta(min_length=1, max_length=128)]
_Count = Annotated[int, Meta(ge=1)]
_Frac = Annotated[float, Meta(ge=0, lt=1e6)]


class AccountSettings(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold an account as it opens.

    Parameters
    ----------
    name : what the exchange calls it
    key, secret : the pair that its clients show
    cash : US dollars
    """

    name: _Word = "tenfold"
    key: _Word = KEY
    secret: _Word = SECRET
    cash: Annotated[float, Meta(ge=0, le=1e12)] = 100_000.0


class TradingSettings(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold what orders and accounts are judged by.

    Parameters
    ----------
    accounts : who trades here
    multiplier : buying power as a multiple of equity within the day; 1 is a cash account, 2 and more margin
    shorting : whether accounts may sell what they do not have
    day_trader_rule : the pattern-day-trader rule, which ended in June 2026
    intraday_margin : whether positions beyond the margin at the close of a minute restrict the account to closing
    initial_margin_frac, maintenance_margin_frac : share of a position's value that equity has to cover
    position_multiple_max : worth of a position over equity beyond which the account may only close
    short_collar_frac : a short sale is valued so much above the ask
    client_order_id_length_max : characters
    duplicate_id_code, not_cancelable_code : codes that clients see; Alpaca does not document them
    execution_in_activity_id : whether the id of a FILL activity ends in its execution's id
    """

    accounts: Annotated[tuple[AccountSettings, ...], Meta(min_length=1)] = (AccountSettings(),)
    multiplier: Literal[1, 2, 4] = 4
    shorting: bool = True
    day_trader_rule: bool = False
    intraday_margin: bool = True
    initial_margin_frac: Annotated[float, Meta(gt=0, le=1)] = 0.5
    maintenance_margin_frac: Annotated[float, Meta(gt=0, le=1)] = 0.3
    position_multiple_max: Annotated[float, Meta(gt=0)] = 6.0
    short_collar_frac: _Frac = 0.03
    client_order_id_length_max: _Count = 128
    duplicate_id_code: int = 40010001
    not_cancelable_code: int = 42210000
    execution_in_activity_id: bool = True

    def __post_init__(self) -> None:
        for what in ("name", "key"):
            seen = [getattr(account, what) for account in self.accounts]
            if len(set(seen)) < len(seen):
                raise ValueError(f"two accounts have the same {what}")


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold how the exchange is reached, and how much it takes.

    Parameters
    ----------
    host, port : where it listens; port 0 takes a free one
    trading_requests_per_minute, data_requests_per_minute : of each key; 0 sets no limit
    body_bytes_max : of a request; more is answered 413
    frame_messages_max : market data messages in one frame
    buffer_messages_max : messages that wait for a client before it counts as slow and is cut off
    authentication_s_max : seconds within which a stream has to authenticate
    iex_symbols_max : symbols of trades and quotes on the IEX feed
    connections_max : streams of one kind that a key may hold at a time
    trade_frames : how trade updates come, where a fault does not change it
    paid_feeds : whether the key may use the SIP feed without its 15 minutes of delay
    compression : whether streams offer permessage-deflate
    wait_for_subscription : at full speed, whether the clock stands until somebody has subscribed to a stream
    """

    host: _Word = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8710
    trading_requests_per_minute: Annotated[int, Meta(ge=0)] = 200
    data_requests_per_minute: Annotated[int, Meta(ge=0)] = 10_000
    body_bytes_max: _Count = 1_000_000
    frame_messages_max: _Count = 100
    buffer_messages_max: _Count = 10_000
    authentication_s_max: Annotated[float, Meta(gt=0)] = 10.0
    iex_symbols_max: _Count = 30
    connections_max: _Count = 1
    trade_frames: Literal["binary", "text"] = "binary"
    paid_feeds: bool = True
    compression: bool = True
    wait_for_subscription: bool = True


class ExchangeSettings(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold every setting of the exchange.

    Parameters
    ----------
    seed : of every id and of every chance
    speed : "1x" is real time, "60x" a minute a second, "max" as fast as the events can be handled
    start_ns, end_ns : replayed time, UTC nanoseconds, [start, end); None is that of the data
    lockstep : whether the clock waits until every lockstep client has handled an event
    queue_model : which share of what is cancelled at a price stood behind a client's order; see the order book's page
    symbols : what is traded; empty is everything that the data have
    faults : what misbehaves, by its name
    trading : what orders and accounts are judged by
    server : how the exchange is reached
    """

    seed: int = 0
    speed: str = "1x"
    start_ns: int | None = None
    end_ns: int | None = None
    lockstep: bool = False
    queue_model: QueueModel = "power_1"
    symbols: tuple[Symbol, ...] = ()
    faults: dict[str, Switch] = {}
    trading: TradingSettings = TradingSettings()
    server: ServerSettings = ServerSettings()

    def __post_init__(self) -> None:
        try:
            speed_of(self.speed)
        except SettingsError as error:
            raise ValueError(str(error)) from None
        if self.start_ns is not None and self.end_ns is not None and self.start_ns >= self.end_ns:
            raise ValueError("the replay starts at its end, or after it")

    @property
    def speed_factor(self) -> float:
        """Replayed seconds in a second; infinite at "max"."""
        return speed_of(self.speed)

    def account_of(self, key: str, secret: str) -> str | None:
        """Return the name of the account that a pair opens, None where it opens none."""
        for account in self.trading.accounts:
            if (account.key, account.secret) == (key, secret):
                return account.name
        return None
