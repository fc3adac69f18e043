"""The catalogue shows strategies its bars of a span, as bar sets of the kind that live feeds tell."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from loops import in_a_loop
from scenes import rules
from tenfold.app.data import import_file
from tenfold.app.live.kept_past import kept_past, shown_past
from tenfold.domain.errors import DataError, UserError
from tenfold.domain.units import NS_PER_DAY

DAY = 19_786


def test_days_of_the_catalogue(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text(
        "date,open,high,low,close,volume\n"
        + "".join(f"2024-03-{4 + n:02},10,11,9,{10 + n / 10:g},100\n" for n in range(5))
    )
    import_file(path, symbol="AAA")
    sets = kept_past(["AAA"], "1d", (DAY + 1) * NS_PER_DAY, (DAY + 4) * NS_PER_DAY, "XNYS", rules())
    assert [one.session for one in sets] == [DAY + 1, DAY + 2, DAY + 3]
    assert [one.bars[0].close for one in sets] == [10.1, 10.2, 10.3]
    assert sets[0].bars[0].elapsed_s == 6.5 * 3600  # a session, as live feeds tell it
    assert all(earlier.ts_ns < later.ts_ns for earlier, later in pairwise(sets))
    for since, until in (
        (DAY + 5, DAY + 6),
        (DAY - 9, DAY),
        (DAY + 2, DAY + 2),
    ):  # a run that goes on behind its end; an older market
        assert kept_past(["AAA"], "1d", since * NS_PER_DAY, until * NS_PER_DAY, "XNYS", rules()) == []
    with pytest.raises(UserError, match="BBB"):
        kept_past(["BBB"], "1d", 0, NS_PER_DAY, None, rules())


def test_a_run_that_goes_on_outlives_a_catalogue_that_cannot_be_read(tmp_path):
    """Its first start ends by it, when nothing is held."""
    told = []

    def changed(since_ns):
        raise DataError(f"AAA has no bars since {since_ns}")

    assert in_a_loop(shown_past(changed, 7, told.append)) == ()
    assert told == [
        "the catalogue cannot show what closed since, and the venue is asked for it: AAA has no bars since 7"
    ]
    with pytest.raises(DataError, match="no bars since 7"):
        in_a_loop(shown_past(changed, 7, None))
    assert in_a_loop(shown_past(lambda since_ns: [since_ns], 7, None)) == [7]


def test_days_that_are_decided_on_early_come_in_two(tmp_path):
    path = tmp_path / "minutes.csv"
    opens = [
        DAY * 86_400 + 14 * 3_600 + 30 * 60 + day * 86_400 + minute * 60 for day in range(2) for minute in range(390)
    ]
    times = [datetime.fromtimestamp(one, UTC) for one in opens[:-30]]  # the second day has not closed
    path.write_text(
        "time,open,high,low,close,volume\n" + "".join(f"{one:%Y-%m-%d %H:%M:%S},10,11,9,10,1\n" for one in times)
    )
    import_file(path, symbol="AAA", stamp="open", period="1m")
    early = rules(entry={"order": "moc", "decide_before_close_s": 900.0})
    sets = kept_past(["AAA"], "1d", DAY * NS_PER_DAY, (DAY + 9) * NS_PER_DAY, "XNYS", early)
    assert [(one.session, one.bars[0].remaining_s, one.bars[0].volume) for one in sets] == [
        (DAY, 900, 375.0),
        (DAY, 0, 15.0),
    ]
