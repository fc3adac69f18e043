"""Watchlists are made, changed and deleted by their id and by their name, each account its own."""

import pytest

from tenfold.exchange.api.assets import assets_of
from tenfold.exchange.api.watchlists import Watchlists
from tenfold.exchange.refusal import Refusal
from tenfold.exchange.wire import Ids

PATH, NAMED = "/v2/watchlists", "/v2/watchlists:by_name"


def symbols(shown):
    return [asset["symbol"] for asset in shown["assets"]]


def test_a_list_lives(trader):
    status, made = trader.ask("POST", PATH, {"name": "mine", "symbols": ["AAPL", "BTC/USD"]})
    assert (status, symbols(made)) == (200, ["AAPL", "BTC/USD"])
    one = f"{PATH}/{made['id']}"
    assert trader.get(one) == made
    trader.wait(1)
    added = trader.ask("POST", one, {"symbol": "MSFT"})[1]
    assert symbols(added) == ["AAPL", "BTC/USD", "MSFT"]
    assert added["updated_at"] > added["created_at"]
    assert symbols(trader.ask("DELETE", f"{one}/BTC/USD")[1]) == ["AAPL", "MSFT"]
    changed = trader.ask("PUT", one, {"name": "other", "symbols": ["MSFT"]})[1]
    assert (changed["name"], symbols(changed)) == ("other", ["MSFT"])
    assert symbols(trader.ask("PUT", one, {"name": "other"})[1]) == ["MSFT"]
    (listed,) = trader.get(PATH)
    assert listed == {key: value for key, value in changed.items() if key != "assets"}
    assert trader.ask("DELETE", one) == (204, None)
    assert trader.get(PATH) == []
    assert trader.ask("GET", one)[0] == 404


def test_a_list_lives_by_its_name(trader):
    trader.ask("POST", PATH, {"name": "my list"})
    assert symbols(trader.get(NAMED, name="my list")) == []
    assert symbols(trader.ask("POST", NAMED, {"symbol": "AAPL"}, name="my list")[1]) == ["AAPL"]
    assert trader.ask("PUT", NAMED, {"name": "yours"}, name="my list")[1]["name"] == "yours"
    assert trader.ask("GET", NAMED, name="my list")[0] == 404
    assert trader.ask("DELETE", NAMED, name="yours") == (204, None)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "", {"name": "mine"}, 422),
        ("POST", "", {"name": ""}, 422),
        ("POST", "", {"name": "x" * 65}, 422),
        ("POST", "", {"symbols": []}, 422),
        ("POST", "", {"name": "new", "symbols": ["NONE"]}, 404),
        ("GET", "/what", None, 422),
        ("GET", "/00000000-0000-4000-8000-000000000000", None, 404),
        ("POST", "/{id}", {"symbol": "AAPL"}, 422),
        ("POST", "/{id}", {"symbol": "NONE"}, 404),
        ("POST", "/{id}", {}, 422),
        ("DELETE", "/{id}/MSFT", None, 404),
        ("DELETE", "/{id}/NONE", None, 404),
        ("PUT", "/{id}", {"name": "second"}, 422),
        ("GET", ":by_name", None, 422),
    ],
)
def test_what_makes_no_sense_is_refused(trader, method, path, body, status):
    made = trader.ask("POST", PATH, {"name": "mine", "symbols": ["AAPL"]})[1]
    trader.ask("POST", PATH, {"name": "second"})
    seen, shown = trader.ask(method, PATH + path.format(id=made["id"]), body)
    assert (seen, bool(shown["message"])) == (status, True)
    assert trader.get(f"{PATH}/{made['id']}") == made


def test_accounts_do_not_see_each_other():
    lists, assets = Watchlists(Ids(0)), list(assets_of(["A"]).values())
    one = lists.create("me", "1", "mine", assets, 0)
    assert lists.of("you") == []
    with pytest.raises(Refusal, match="not found"):
        lists.by_id("you", one.id)
    with pytest.raises(Refusal, match="not found"):
        lists.by_name("you", "mine")
    for name in ("", "x" * 65):
        with pytest.raises(Refusal, match="1 to 64 characters"):
            lists.create("you", "2", name, [], 0)
    assert lists.create("you", "2", "mine", [], 0).id != one.id
