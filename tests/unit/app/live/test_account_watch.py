"""What an account holds beside what is traded is named once, and what it is short of is an alarm."""

from tenfold.app.live.account_watch import AccountWatch
from tenfold.execution.reports import Stock


def test_what_else_the_account_holds_is_named_once_for_as_long_as_it_does():
    said, told = [], []
    watch = AccountWatch(["AAPL"], said.append, told.append)
    for positions in ({"AAPL": 5, "IBM": 3, "MSFT": -175}, {"MSFT": -100, "IBM": 4}, {"IBM": -4}, {}, {"IBM": 1}):
        watch.holds(Stock(ts_ns=1, orders=(), fills=(), positions=positions, cash_units=0))
    assert (
        said
        == ["the account holds IBM too, which is not traded here: left alone, and no part of the equity of this run"]
        * 2
    )
    assert [line.partition(",")[0] for line in told] == ["the account is short of MSFT", "the account is short of IBM"]
    assert all("counts as equity of this run" in line for line in told)
