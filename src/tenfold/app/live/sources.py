"""Say which sources of live data there are, from the settings."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from tenfold.app.secrets import source_keys
from tenfold.domain.errors import SettingsError
from tenfold.domain.feed_settings import FeedSettings, SourceSettings
from tenfold.domain.keys import Keys
from tenfold.domain.venue_access import VenueAccess
from tenfold.market.feed_source import SourceTerms

_DELAYED: Final = frozenset({"delayed_sip"})


@dataclass(frozen=True, eq=False)
class Source:
    """Hold what a source is, where it is, and the keys that open it."""

    terms: SourceTerms
    access: VenueAccess
    keys: Keys


def sources_of(settings: FeedSettings, access: VenueAccess, keys: Keys) -> tuple[Source, ...]:
    """Return the sources in the order of the settings, the best first; without any the feed of the account, which opens with its keys.

    Raises SettingsError where two have the same name, where the keys of one are missing, and where these would go to another's address.
    """
    if not settings.sources:
        terms = SourceTerms(name=access.account, delayed=access.feed in _DELAYED)
        return (Source(terms, access, keys),)
    found = tuple(_source(one, access, keys) for one in settings.sources)
    name, count = Counter(one.terms.name for one in found).most_common(1)[0]
    if count > 1:
        raise SettingsError(f"feeds.sources has {count} sources that are called {name}: give each a name of its own")
    return found


def variables_of(settings: FeedSettings) -> dict[str, tuple[str, ...]]:
    """Return the variables that hold the keys of sources of their own, by the source."""
    own = (one for one in settings.sources if one.key_id_variable and one.secret_key_variable)
    return {_place(one): (one.key_id_variable, one.secret_key_variable) for one in own}


def check_timely(sources: Iterable[Source]) -> None:
    """Refuse sources none of which may be traded on."""
    if all(one.terms.delayed for one in sources):
        raise SettingsError(
            "market data are delayed by 15 minutes, on which nothing is traded: set alpaca.feed, or a first one of feeds.sources, to iex or sip"
        )


def _source(one: SourceSettings, access: VenueAccess, keys: Keys) -> Source:
    place = _place(one)
    if bool(one.data_url) != bool(one.data_stream_url):
        raise SettingsError(f"{place} has one of data_url and data_stream_url: give both, or none for the account's")
    if bool(one.key_id_variable) != bool(one.secret_key_variable):
        raise SettingsError(
            f"{place} has one of key_id_variable and secret_key_variable: give both, or none for the account's"
        )
    if one.data_url and not one.key_id_variable and access.account != "simulated":
        raise SettingsError(
            f"{place} is at another address, which the account's keys are not sent to: name its own by key_id_variable and secret_key_variable"
        )
    terms = SourceTerms(name=one.name or one.feed, delayed=one.feed in _DELAYED)
    reached = replace(
        access,
        feed=one.feed,
        data_url=one.data_url or access.data_url,
        # The account's own address is the whole path of its feed; another feed is where the venue has it.
        data_stream_url=one.data_stream_url or (access.data_stream_url if one.feed == access.feed else ""),
    )
    own = source_keys(place, one.key_id_variable, one.secret_key_variable) if one.key_id_variable else keys
    return Source(terms, reached, own)


def _place(one: SourceSettings) -> str:
    return f"source {one.name or one.feed} of feeds.sources"
