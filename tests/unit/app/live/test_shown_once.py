"""Of several sources each print is shown once, and an odd moment of one hides nothing of another."""

from feed_scenes import OPEN_NS, SECOND, listener
from tenfold.app.live.shown_once import ShownOnce
from tenfold.domain.live_market import Print
from tenfold.domain.market import Quote


def trade(second, price):
    return Print(ts_ns=OPEN_NS + second * SECOND, symbol="A", price=price, size=1.0)


def test_an_odd_moment_of_one_source_hides_nothing_of_another():
    scene, seen = listener([], "first", "second"), []
    once = ShownOnce(seen.extend, scene.feeds, several=True)

    def tell(source, second, one):
        now_ns = OPEN_NS + second * SECOND
        once.take(source, now_ns, [one])
        quotes = [Quote(ts_ns=now_ns, symbol=symbol, bid=9.9, ask=10.0) for symbol in "AB"]
        scene.hear(source, now_ns, *quotes)

    for name in ("first", "second"):
        scene.link(name, OPEN_NS)
    tell("first", 1, trade(1, 10.0))
    tell("second", 2, trade(1, 10.0))
    tell("first", 3, trade(7_200, 11.0))
    scene.link("first", OPEN_NS + 4 * SECOND, up=False)
    tell("second", 5, trade(3, 11.0))  # the first has told it
    tell("second", 20, trade(20, 12.0))
    assert [one.price for one in seen] == [10.0, 11.0, 12.0]
