"""What a limit cuts or refuses is told once, so that nobody waits for orders without a word."""

from msgspec.structs import replace

from scenes import bars_of, rules
from tenfold.app.live.binding import BindingWatch, in_words
from tenfold.engine.exiting import ExitingEngine
from tenfold.engine.voters import WindowVoter
from tenfold.risk.limits import limits_of
from tenfold.simulation.feed import BarFeed


class Long:
    """Want to hold all that may be held."""

    def on_bar(self, window):
        return 1.0


def told(limits):
    """Live through rising prices, and return what was said of limits."""
    bars = bars_of([50.0 + step for step in range(30)])
    voter = WindowVoter(Long(), "long", 1.0, bars.symbols)
    engine, said = ExitingEngine(replace(rules(), limits=limits), bars.instruments, [voter], 252.0), []
    watch = BindingWatch(engine, said.append)
    watch.look(0)
    for moment in BarFeed(bars).events():
        engine.step(moment)
        watch.look(moment.ts_ns)
    return [line.split("  ")[1] for line in said]


def test_the_first_time_that_a_limit_binds_is_told():
    said = told(replace(limits_of("none"), position_frac_max=0.02))
    assert said == ["limit position cut or refused an order in A; how often it does is told at the end"]


def test_the_limits_that_hold_are_told():
    assert in_words(limits_of("none")) == "none"
    told = "those of the profile live, at most, of equity, 5% in a position, 30% in all positions, 2% lost in a day"
    assert in_words(limits_of("live")) == told
    assert (
        in_words(replace(limits_of("none"), position_frac_max=0.0025))
        == "its own, at most, of equity, 0.25% in a position"
    )
    assert in_words(replace(limits_of("none"), losses_max=3)) == "its own"


def test_what_binds_nothing_is_not_spoken_of():
    assert not told(limits_of("none"))
