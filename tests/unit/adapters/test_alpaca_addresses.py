"""Each account of Alpaca is where it is, and an address that is given wins."""

from tenfold.adapters.alpaca.addresses import addresses_of
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
