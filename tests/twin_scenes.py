"""Runs in a journal, as they were and as they are read beside their backtest."""

from tenfold.app.facade import voters_of
from tenfold.app.journal_head import deciding, described, head_of, started
from tenfold.app.recorded_run import recorded_run
from tenfold.app.wiring import begin_journal, open_journal
from tenfold.backtesting.eventful import run_events

OBJECT = """
class Mean:
    window = 5

    def on_bar(self, window):
        return 1.0 if window["close"][-1] > window["close"].mean() else -1.0
"""


def read(target, run=""):
    kept = open_journal(str(target), run)
    try:
        return recorded_run(kept)
    finally:
        kept.close()


def object_file(folder):
    (folder / "mean.py").write_text(OBJECT)
    return f"{folder / 'mean.py'}:Mean"


def lived(folder, bars, rules, moved):
    """Journal a live run beside which so much was moved, and return it as it was and as it is read."""
    target, strategy = str(folder / "journal.db"), object_file(folder)
    description = described(strategy, voters_of(strategy)[0], bars, rules, stage="live")
    kept = begin_journal(target, "lived", description)
    voters, _ = deciding(head_of(description), "lived")
    opening = started("lived", description, bars)
    was = run_events(bars, rules, voters, journal=kept, operator=moved, started=opening)
    kept.sync()
    kept.close()
    return was, read(target, "lived")


def names(run):
    return run.fills[["bar", "symbol", "lots"]].tolist()
