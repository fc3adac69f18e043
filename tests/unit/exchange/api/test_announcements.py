"""Splits and dividends are announced once they have happened."""

import pytest

from exchange_scenes import Client
from paying_market import MONDAY, paying_exchange
from tenfold.exchange.wire import day_text

PATH = "/v2/corporate_actions/announcements"
SPAN = {"since": day_text(MONDAY), "until": day_text(MONDAY + 30)}


@pytest.fixture(scope="module")
def client():
    client = Client(paying_exchange())
    client.exchange.advance(client.exchange.sessions.session(MONDAY + 4).open_ns)
    return client


def test_a_dividend_and_a_split_are_told(client):
    (paid,) = client.get(PATH, ca_types="dividend", **SPAN)
    (split,) = client.get(PATH, ca_types="split", **SPAN)
    assert (paid["initiating_symbol"], paid["ca_sub_type"], paid["cash"], paid["ex_date"]) == (
        "AAPL",
        "cash",
        "0.25",
        day_text(MONDAY + 2),
    )
    assert (split["initiating_symbol"], split["ca_sub_type"], split["old_rate"], split["new_rate"]) == (
        "TSLA",
        "stock_split",
        "1",
        "4",
    )
    assert client.get(f"{PATH}/{paid['id']}") == paid


def test_they_are_chosen_by_type_day_symbol_and_cusip(client):
    both = client.get(PATH, ca_types="dividend,split", **SPAN)
    assert len(both) == 2
    assert client.get(PATH, ca_types="dividend,split", symbol="TSLA", **SPAN) == both[1:]
    assert client.get(PATH, ca_types="split", cusip=both[1]["initiating_original_cusip"], **SPAN) == both[1:]
    assert client.get(PATH, ca_types="dividend", since=day_text(MONDAY), until=day_text(MONDAY + 1)) == []


def test_nothing_is_told_before_it_happens():
    client = Client(paying_exchange())
    assert client.get(PATH, ca_types="dividend,split", **SPAN) == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 422),
        ({"ca_types": "gift", **SPAN}, 422),
        ({"ca_types": "split", "since": "2024-03-04", "until": "2024-12-04"}, 422),
        ({"ca_types": "split", "since": "2024-03-04", "until": "2024-03-03"}, 422),
    ],
)
def test_bad_questions_are_refused(client, query, status):
    assert client.ask("GET", PATH, **query)[0] == status


def test_what_is_not_there_is_not_found(client):
    assert client.ask("GET", f"{PATH}/00000000-0000-4000-8000-000000000000")[0] == 404
    assert client.ask("GET", f"{PATH}/mine")[0] == 422


def test_bars_are_adjusted_for_both(client):
    def closes(symbol, adjustment):
        asked = {"symbols": symbol, "timeframe": "1Day", "start": "2024-03-04", "adjustment": adjustment}
        return [bar["c"] for bar in client.get("/v2/stocks/bars", **asked)["bars"][symbol]]

    assert closes("TSLA", "raw") == [101, 103, 105, 26.75]
    assert closes("TSLA", "split") == [25.25, 25.75, 26.25, 26.75]
    assert closes("AAPL", "raw") == closes("AAPL", "split") == [100, 102, 104, 106]
    assert closes("AAPL", "dividend")[2:] == [104, 106]
    assert closes("AAPL", "dividend")[0] < 100
