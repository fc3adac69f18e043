"""Who climbs the ladder is told from all others, whatever stands in the same file."""

import pytest

from tenfold.app.facade import voters_of
from tenfold.app.journal_head import RunMarket, described, head_of
from tenfold.app.ladder_records import climber_of
from tenfold.domain.rules import Rules

OBJECTS = """
class Careful:
    def on_bar(self, window):
        return 0.0


class Wild:
    def on_bar(self, window):
        return 1.0
"""
FOLDS = """
from tenfold.indicators import fold


@fold()
def Careful(state, bar, params):
    return 0.0


@fold()
def Wild(state, bar, params):
    return 1.0
"""


def climber(target):
    voters, strategy = voters_of(target)
    head = head_of(described(strategy, voters, RunMarket((), 252.0), Rules()))
    return climber_of(head.seats, ["SPY"], head.rules)


@pytest.mark.parametrize(
    "text", [OBJECTS, FOLDS, OBJECTS.replace("on_bar(self, window)", "on_event(self, event, view)")]
)
def test_what_one_strategy_of_a_file_has_shown_is_not_of_another(tmp_path, text):
    other = tmp_path / "elsewhere"
    other.mkdir()
    for folder in (tmp_path, other):
        (folder / "mine.py").write_text(text)
    careful = climber(f"{tmp_path}/mine.py:Careful")
    assert climber(f"{tmp_path}/mine.py:Wild") != careful
    assert climber(f"{other}/mine.py:Careful") == careful
