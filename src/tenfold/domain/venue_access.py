"""Say how the venue is reached."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Feed = Literal["iex", "sip", "delayed_sip", "boats", "overnight", "otc"]


class VenueAccess(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold which account of Alpaca trades, and where it is.

    Parameters
    ----------
    account : "simulated" is the exchange that `tenfold exchange` opens on this machine, "paper" and "live" are Alpaca's
    feed : of stocks: "iex" is free, "sip" covers all exchanges and costs
    trading_url, data_url : bases of both REST interfaces; "" is those of the account, and of a simulated exchange what `trading_url` says
    trading_stream_url, data_stream_url : of both streams; "" as for `data_url`
    deadline_s : seconds within which a request about an order has to be answered; then its outcome is unknown
    silence_s : seconds without market data, while the market is open, after which a stream counts as mute
    lag_s : age of market data beyond which a stream counts as slow
    gateway : host:port of `tenfold gateway`, through which orders go; "" sends them straight to the venue
    """

    account: Literal["simulated", "paper", "live"] = "simulated"
    feed: Feed = "iex"
    trading_url: str = ""
    data_url: str = ""
    trading_stream_url: str = ""
    data_stream_url: str = ""
    deadline_s: Annotated[float, Meta(gt=0, le=60)] = 5.0
    silence_s: Annotated[float, Meta(gt=0, le=3600)] = 30.0
    lag_s: Annotated[float, Meta(gt=0, le=3600)] = 10.0
    gateway: Annotated[str, Meta(pattern=r"^([\w.-]+:[0-9]{1,5})?$")] = ""
