"""Pages of activities are those of one list that is sorted and cut, whatever is asked."""

import random

import pytest

from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.refusal import Refusal
from tenfold.exchange.trading.activities import record

KINDS = ("FILL", "DIV", "FEE")


@pytest.fixture
def told(desk):
    """Return what happened in an order in which moments go back, several to a millisecond."""
    chance = random.Random(4)  # noqa: S311 -- reproducible, not secret
    desk.view()
    account = desk.trading._b.accounts[desk.account]
    account.activities.clear()
    made = []
    for number in range(120):
        ts_ns = desk.now - chance.randrange(30) * 3600 * NANO + chance.randrange(3) * 400_000
        one = (ts_ns, {"activity_type": chance.choice(KINDS), "number": number})
        record(account, ts_ns, f"uuid {number}", one[1])
        made.append(one)
    desk.now += NANO
    return [(ts_ns, what["activity_type"], what["number"]) for ts_ns, what in sorted(made, key=lambda one: one[0])]


@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.parametrize("types", [(), ("FILL",), ("DIV", "FEE")])
@pytest.mark.parametrize("span", ["all", "within", "day"])
def test_pages(desk, told, ascending, types, span):
    asked = {"types": types, "ascending": ascending}
    day = desk.sessions.day_of
    if span == "within":
        asked |= {"after_ns": told[20][0], "until_ns": told[90][0]}
        told = [one for one in told if told[20][0] < one[0] < told[90][0]]
    elif span == "day":
        asked["day"] = day(told[60][0])
        told = [one for one in told if day(one[0]) == asked["day"]]
    wanted = [number for _, kind, number in told if not types or kind in types]
    found, token = [], ""
    while page := desk.activities(page_size=7, page_token=token, **asked):
        found += [one["number"] for one in page]
        token = page[-1]["id"]
    assert found == (wanted if ascending else wanted[::-1])


def test_a_token_of_another_kind_or_day_is_refused(desk, told):
    (one,) = desk.activities(types=("DIV",), page_size=1)
    with pytest.raises(Refusal):
        desk.activities(types=("FEE",), page_token=one["id"])
    with pytest.raises(Refusal):
        desk.activities(after_ns=desk.now, page_token=one["id"])
