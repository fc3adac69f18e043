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


@pytest.mark.parametrize("ascending", [False, True])
def test_the_hour_of_autumn_that_comes_twice_in_new_york_has_its_pages(desk, ascending):
    desk.view()
    account = desk.trading._b.accounts[desk.account]
    account.activities.clear()
    first_ns = 1_793_511_000 * NANO  # 1:30 in the night of 2026-11-01, an hour before the clock is set back
    for number in range(4):
        record(account, first_ns + number * 1800 * NANO, f"uuid {number}", {"activity_type": "FILL", "number": number})
    assert [one[1]["id"][:12] for one in account.activities] == [
        f"20261101{at}" for at in ("0130", "0100", "0130", "0200")
    ]
    found, token = [], ""
    while page := desk.activities(page_size=1, page_token=token, ascending=ascending):
        found += [one["number"] for one in page]
        token = page[-1]["id"]
    assert found == ([0, 1, 2, 3] if ascending else [3, 2, 1, 0])
    with pytest.raises(Refusal):
        desk.activities(page_token=f"of {token}")
