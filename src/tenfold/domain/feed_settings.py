"""Say what is expected of live data, and how long they are waited for."""

from typing import Annotated

import msgspec
from msgspec import Meta

from tenfold.domain.venue_access import Feed

Seconds = Annotated[float, Meta(ge=0, le=86_400)]
PositiveSeconds = Annotated[float, Meta(gt=0, le=86_400)]


class QualitySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Say what is expected of a source of live data.

    Parameters
    ----------
    window_s : span that the score tells of
    silent_s : longest silence of a whole source while the market is open
    stale_s : longest silence of one symbol while the market is open
    crossed_s : for how long a quote may stay crossed
    outlier_frac : distance from the other sources beyond which a price is an outlier
    beside_s : age up to which another source's price is compared with
    clock_s : largest difference between the venue's clock and ours, and largest delay
    alert_score : score below which a source raises an alert
    unfit_score : score of the values alone below which nothing is traded on them: a silence that is over does not spoil what comes now
    """

    window_s: PositiveSeconds = 900.0
    silent_s: PositiveSeconds = 15.0
    stale_s: PositiveSeconds = 60.0
    crossed_s: PositiveSeconds = 1.0
    outlier_frac: Annotated[float, Meta(gt=0, lt=1)] = 0.02
    beside_s: PositiveSeconds = 5.0
    clock_s: PositiveSeconds = 2.0
    alert_score: Annotated[float, Meta(ge=0, le=100)] = 95.0
    unfit_score: Annotated[float, Meta(ge=0, le=100)] = 70.0


class SourceSettings(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Say where one source of live data is, and by which keys it is opened.

    Parameters
    ----------
    name : by which it is shown and journaled; "" is that of its feed
    feed : of the venue's: "iex" is free, "sip" covers all exchanges, nothing is traded on "delayed_sip", which is 15 minutes late; "boats" and
        "overnight" tell the night
    data_url, data_stream_url : of another address that speaks the same protocol, REST and the whole path of the stream; "" are the account's
    key_id_variable, secret_key_variable : variables of the environment that hold its keys; "" are those of the account
    """

    name: Annotated[str, Meta(pattern=r"^[\w.-]*$", max_length=24)] = ""
    feed: Feed = "iex"
    data_url: str = ""
    data_stream_url: str = ""
    key_id_variable: Annotated[str, Meta(pattern=r"^\w*$")] = ""
    secret_key_variable: Annotated[str, Meta(pattern=r"^\w*$")] = ""


class FeedSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Say how long live data are waited for.

    Parameters
    ----------
    settle_s : after a minute's end, until prints of it count as late
    grace_s : after a minute's end, until symbols without it count as missing
    hold_s : for how long a better source must be fit again before it is gone back to
    lag_s : after a minute's end, until it can be asked for over REST
    retry_s : until a request is made again; it doubles with each
    official_s : after a session's close, until its official values are asked for
    ahead_s : before the next session's open, when a day is told, corrected by its official values; orders on the open are taken
        from then on. 0 tells it as soon as it closes
    sources : of live data, the best first: where one fails the next one is gone on with. Without any it is `alpaca.feed` alone
    quality : what is expected of a source
    """

    settle_s: Seconds = 0.5
    grace_s: Seconds = 3.0
    hold_s: Seconds = 30.0
    lag_s: Seconds = 1.0
    retry_s: Seconds = 2.0
    official_s: Seconds = 300.0
    ahead_s: Seconds = 43_200.0
    sources: tuple[SourceSettings, ...] = ()
    quality: QualitySettings = QualitySettings()
