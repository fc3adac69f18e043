"""Which sources of live data there are, and what is refused before anything is opened."""

import json

import pytest
from msgspec.structs import replace

from tenfold.app.live.sources import check_timely, sources_of
from tenfold.app.settings import load_settings
from tenfold.domain.errors import SettingsError
from tenfold.domain.keys import Keys
from tenfold.domain.venue_access import VenueAccess

KEYS = Keys("PKOFTHEACCOUNT", "secret-9d1c")
AWAY = {"data_url": "https://data.example", "data_stream_url": "wss://stream.example/v2/sip"}
NAMED = {"key_id_variable": "OTHER_KEY", "secret_key_variable": "OTHER_SECRET"}


def sources(*listed, account="paper"):
    environment = {"TENFOLD_FEEDS__SOURCES": json.dumps(listed)}
    return sources_of(load_settings(environment=environment).feeds, VenueAccess(account=account), KEYS)


def test_without_any_it_is_the_feed_of_the_account():
    [one] = sources_of(load_settings(environment={}).feeds, VenueAccess(account="paper", feed="sip"), KEYS)
    assert (one.terms.name, one.access.feed, one.keys) == ("paper", "sip", KEYS)


def test_they_stand_in_the_order_of_their_priority(monkeypatch):
    monkeypatch.setenv("OTHER_KEY", "PKOFANOTHER")
    monkeypatch.setenv("OTHER_SECRET", "another-secret")
    first, second, last = sources(
        {"feed": "sip", "name": "away", **AWAY, **NAMED}, {"feed": "iex"}, {"feed": "delayed_sip"}
    )
    assert [one.terms.name for one in (first, second, last)] == ["away", "iex", "delayed_sip"]
    assert [one.terms.delayed for one in (first, second, last)] == [False, False, True]
    assert (first.access.data_url, first.access.data_stream_url) == tuple(AWAY.values())
    assert (first.keys.key_id, second.keys) == ("PKOFANOTHER", KEYS)
    assert second.access == VenueAccess(account="paper", feed="iex")


def test_another_feed_is_not_looked_for_at_the_address_of_the_first():
    access = VenueAccess(data_stream_url="ws://here/v2/iex")
    settings = load_settings({"feeds.sources": '[{"feed": "iex"}, {"feed": "sip"}]'}, {})
    found = sources_of(settings.feeds, access, KEYS)
    assert [one.access.data_stream_url for one in found] == ["ws://here/v2/iex", ""]
    check_timely(found)


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        (({"feed": "sipp"},), r"feeds.sources\[0\].feed is 'sipp', expected .*delayed_sip"),
        (({"fed": "sip"},), "unknown key feeds.sources.*fed, did you mean feed"),
        (({"feed": "sip"}, {"feed": "sip"}), "feeds.sources has 2 sources that are called sip"),
        (
            ({"feed": "sip", "data_url": AWAY["data_url"]},),
            "source sip of feeds.sources has one of data_url and data_stream_url",
        ),
        (({"feed": "sip", "key_id_variable": "OTHER_KEY"},), "has one of key_id_variable and secret_key_variable"),
        (({"feed": "sip", **AWAY},), "which the account's keys are not sent to"),
        (({"feed": "sip", **NAMED},), "source sip of feeds.sources needs its keys: set OTHER_KEY"),
        (({"feed": "sip", "name": "a b"},), "name"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(listed, said):
    with pytest.raises(SettingsError, match=said) as caught:
        sources(*listed)
    assert "\n" not in str(caught.value)
    assert KEYS.secret not in str(caught.value)


def test_nothing_is_traded_on_delayed_data_alone():
    with pytest.raises(SettingsError, match="delayed by 15 minutes"):
        check_timely(sources({"feed": "delayed_sip"}))
    [alone] = sources_of(load_settings(environment={}).feeds, VenueAccess(feed="delayed_sip"), KEYS)
    with pytest.raises(SettingsError, match="delayed by 15 minutes"):
        check_timely([alone])
    check_timely([alone, replace_feed(alone)])


def replace_feed(one):
    return type(one)(replace(one.terms, delayed=False), one.access, one.keys)
