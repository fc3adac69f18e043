"""The keys of an account are read from the environment, fit the account, and show up nowhere."""

import pytest

from tenfold.app.live.sources import variables_of
from tenfold.app.secrets import alpaca_keys
from tenfold.app.settings import load_settings
from tenfold.domain.errors import SettingsError
from tenfold.domain.feed_settings import FeedSettings, SourceSettings
from tenfold.domain.venue_access import VenueAccess
from tenfold.exchange.settings import KEY, SECRET


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch):
    for name in ("TENFOLD_ALPACA_KEY_ID", "TENFOLD_ALPACA_SECRET_KEY", "APCA_API_KEY_ID", "APCA_API_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)


def given(monkeypatch, key, secret, names=("TENFOLD_ALPACA_KEY_ID", "TENFOLD_ALPACA_SECRET_KEY")):
    monkeypatch.setenv(names[0], key)
    monkeypatch.setenv(names[1], secret)


def test_the_simulated_exchange_has_keys_that_are_known():
    keys = alpaca_keys(VenueAccess())
    assert (keys.key_id, keys.secret) == (KEY, SECRET)


def test_our_variables_go_before_those_of_the_official_client(monkeypatch):
    given(monkeypatch, "PKA", "sA", ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY"))
    assert alpaca_keys(VenueAccess(account="paper")).key_id == "PKA"
    given(monkeypatch, " PKB ", "s/B+")
    keys = alpaca_keys(VenueAccess(account="paper"))
    assert (keys.key_id, keys.secret) == ("PKB", "s/B+")
    assert "PKB" not in f"{keys!r}{keys}"
    assert load_settings().alpaca.account == "simulated"


@pytest.mark.parametrize(
    ("account", "key", "secret", "text"),
    [
        (
            "paper",
            "",
            "",
            "the paper account of Alpaca needs its keys: set TENFOLD_ALPACA_KEY_ID and TENFOLD_ALPACA_SECRET_KEY",
        ),
        ("live", "AKX", "", "the live account of Alpaca needs its keys: set TENFOLD_ALPACA_SECRET_KEY"),
        ("live", "PKX", "hush", "alpaca.account is live, but the key in the environment is of a paper account"),
        ("paper", "AKX", "hush", "alpaca.account is paper, but the key in the environment is of a live account"),
        (
            "simulated",
            "AKX",
            "hush",
            "alpaca.account is simulated, but the key in the environment is of a live account",
        ),
        ("paper", "PKX", "hu\nsh", "TENFOLD_ALPACA_SECRET_KEY holds characters that no key has: copy it anew"),
        ("paper", "PKÄX", "hush", "TENFOLD_ALPACA_KEY_ID holds characters"),
    ],
)
def test_keys_that_do_not_fit_end_in_one_line(monkeypatch, account, key, secret, text):
    given(monkeypatch, key, secret)
    with pytest.raises(SettingsError) as caught:
        alpaca_keys(VenueAccess(account=account))
    assert str(caught.value).startswith(text)
    assert not any(one in str(caught.value) for one in ("hush", "PKX", "AKX", "\n"))


@pytest.mark.parametrize("account", ["simulated", "paper"])
@pytest.mark.parametrize(
    "place",
    [{"trading_url": "https://api.alpaca.markets/"}, {"trading_stream_url": "wss://API.alpaca.markets:443/stream"}],
)
def test_the_address_of_live_accounts_is_no_way_around_the_ladder(monkeypatch, account, place):
    given(monkeypatch, "PKX", "hush")
    with pytest.raises(SettingsError, match=f"alpaca.account is {account}, but api.alpaca.markets is where live"):
        alpaca_keys(VenueAccess(account=account, **place))
    monkeypatch.setenv("TENFOLD_ALPACA_KEY_ID", "AKX")
    assert alpaca_keys(VenueAccess(account="live", **place)).key_id == "AKX"
    assert alpaca_keys(VenueAccess(account="live", trading_url="http://[")).key_id == "AKX"


@pytest.mark.parametrize(
    ("account", "place", "said"),
    [
        (
            "live",
            {"trading_url": "https://proxy.example"},
            "alpaca.trading_url is at proxy.example, and alpaca.trading_stream_url",
        ),
        ("paper", {"trading_url": "https://proxy.example"}, "set alpaca.trading_stream_url too, or neither"),
        ("live", {"trading_stream_url": "wss://proxy.example/stream"}, "set alpaca.trading_url too, or neither"),
        ("simulated", {"trading_stream_url": "ws://127.0.0.1:9/stream"}, "set alpaca.trading_url too, or neither"),
    ],
)
def test_orders_go_where_they_are_heard_of(monkeypatch, account, place, said):
    given(monkeypatch, "AKX" if account == "live" else "PKX", "hush")
    with pytest.raises(SettingsError, match=said):
        alpaca_keys(VenueAccess(account=account, **place))
    other = {"trading_url": "https://proxy.example", "trading_stream_url": "wss://proxy.example/stream"} | place
    assert alpaca_keys(VenueAccess(account=account, **other)).key_id.endswith("KX")


def test_all_keys_that_are_missing_are_named_at_once(monkeypatch):
    own = (
        SourceSettings(name=name.lower(), key_id_variable=f"{name}_KEY_ID", secret_key_variable=f"{name}_SECRET_KEY")
        for name in ("OTHER", "THIRD")
    )
    feeds = FeedSettings(sources=(SourceSettings(feed="sip"), *own))
    monkeypatch.setenv("THIRD_KEY_ID", "known")
    others = (
        "source other of feeds.sources needs its keys: set OTHER_KEY_ID and OTHER_SECRET_KEY; "
        "source third of feeds.sources needs its keys: set THIRD_SECRET_KEY"
    )
    for account, text in (
        ("simulated", ""),
        (
            "live",
            "the live account of Alpaca needs its keys: set TENFOLD_ALPACA_KEY_ID and TENFOLD_ALPACA_SECRET_KEY; ",
        ),
    ):
        with pytest.raises(SettingsError) as caught:
            alpaca_keys(VenueAccess(account=account), variables_of(feeds))
        assert str(caught.value) == text + others


@pytest.mark.parametrize("key", ["PKHUSH3XAMPLE7890123", "aBcHush1234567890123456789012345678901234", "hush_Hush_1"])
def test_a_key_in_place_of_the_name_of_its_variable_is_not_shown(key):
    for names in ((key, "OTHER_SECRET_KEY"), ("OTHER_KEY_ID", key)):
        source = SourceSettings(feed="sip", key_id_variable=names[0], secret_key_variable=names[1])
        with pytest.raises(
            SettingsError, match=r"source sip of feeds.sources needs its keys: key_id_variable"
        ) as caught:
            alpaca_keys(VenueAccess(), variables_of(FeedSettings(sources=(source,))))
        assert "hush" not in str(caught.value).lower()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (
            {"trading_url": "paper-api.alpaca.markets"},
            "alpaca.trading_url is paper-api.alpaca.markets, expected https://paper",
        ),
        (
            {"data_stream_url": "127.0.0.1:9/v2/iex"},
            r"alpaca.data_stream_url is 127.0.0.1:9/v2/iex, expected wss://127",
        ),
        (
            {"trading_url": "https://paper-api.alpaca.markets/v2"},
            r"alpaca.trading_url ends with /v2, which .*: leave that out",
        ),
        ({"data_url": "https://data.alpaca.markets/v2/"}, r"alpaca.data_url ends with /v2"),
        (
            {"trading_url": "PKX:hush@proxy.example"},
            "alpaca.trading_url is proxy.example, expected https://proxy.example",
        ),
    ],
)
def test_an_address_that_leads_nowhere_is_named_by_its_setting(monkeypatch, place, said):
    given(monkeypatch, "PKX", "hush")
    with pytest.raises(SettingsError, match=said) as caught:
        alpaca_keys(VenueAccess(account="paper", **place))
    assert "hush" not in str(caught.value)
