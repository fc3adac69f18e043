"""Each account of Alpaca is where it is, and an address that is given wins."""

import pytest

from tenfold.adapters.alpaca.addresses import REST_PORTS, STREAM_PORTS, addresses_of, parts_of
from tenfold.domain.errors import SettingsError
from tenfold.domain.venue_access import VenueAccess


def test_accounts_and_feeds():
    assert addresses_of(VenueAccess()) == (
        "http://127.0.0.1:8710",
        "http://127.0.0.1:8710",
        "ws://127.0.0.1:8710/stream",
        "ws://127.0.0.1:8710/v2/iex",
    )
    paper = addresses_of(VenueAccess(account="paper", feed="sip"))
    assert paper.trading == "https://paper-api.alpaca.markets"
    assert paper.trading_stream == "wss://paper-api.alpaca.markets/stream"
    assert paper.data_stream == "wss://stream.data.alpaca.markets/v2/sip"
    live = addresses_of(VenueAccess(account="live", feed="boats", trading_url="https://proxy"))
    assert live.trading == "https://proxy"
    assert live.trading_stream == "wss://api.alpaca.markets/stream"
    assert live.data_stream == "wss://stream.data.alpaca.markets/v1beta1/boats"


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("https://api.alpaca.markets", 443),
        ("http://127.0.0.1:8710/base", 8710),
        ("http://localhost", 80),
        ("https://[::1]:9", 9),
    ],
)
def test_where_an_address_leads(address, port):
    parts, found = parts_of(address, REST_PORTS)
    assert (parts.geturl(), found) == (address, port)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nonsense",
        "ftp://x:21",
        "wss://host",
        "http://",
        "http://host:99999",
        "http://host:x",
        "http://a..b",
        "http://u:hush@host",
        "http://[::1",
    ],
)
def test_what_leads_nowhere_ends_in_one_line(address):
    with pytest.raises(SettingsError, match=r"the address .* is not one of a venue, expected https://host") as caught:
        parts_of(address, REST_PORTS)
    assert "hush" not in str(caught.value)
    with pytest.raises(SettingsError, match="expected wss://host"):
        parts_of("https://host", STREAM_PORTS)


@pytest.mark.parametrize(
    ("address", "shown"), [("localhost:9", "localhost:9"), ("http://host:x", "http://host"), ("u:hush@host", "host")]
)
def test_what_leads_nowhere_is_shown_without_what_is_secret(address, shown):
    with pytest.raises(SettingsError, match=f"^the address {shown} is not"):
        parts_of(address, REST_PORTS)


def test_all_of_a_simulated_exchange_follow_one_address():
    found = addresses_of(VenueAccess(trading_url="http://127.0.0.1:9000/"))
    assert found[1:] == ("http://127.0.0.1:9000", "ws://127.0.0.1:9000/stream", "ws://127.0.0.1:9000/v2/iex")
    paper = addresses_of(VenueAccess(account="paper", trading_url="https://gate.example"))
    assert paper.trading_stream == "wss://paper-api.alpaca.markets/stream"
