"""Other code has traded a run and decided otherwise: what it did is taken as it is, its orders leave, and this code decides from there."""

import numpy as np
from msgspec.structs import replace

from scenes import bars_of, rules
from tenfold.domain.events import Started
from tenfold.domain.market import BarSet
from tenfold.domain.order import Cancel, Fill, Order, OrderStatus, OrderType, OrderUpdate, Reason, Replace, Side, Submit
from tenfold.engine.engine import Engine
from tenfold.engine.exiting import ExitingEngine
from tenfold.engine.live_loop import LiveLoop
from tenfold.engine.repetition import Repetition
from tenfold.engine.voters import GivenVoter
from tenfold.execution.blotter import Blotter
from tenfold.simulation.feed import BarFeed
from tenfold.simulation.journal import MemoryJournal

BARS = bars_of([50.0] * 8)
MOMENTS = list(BarFeed(BARS).events())
OURS = "ours"
BEGUN = Started(ts_ns=1, run="r", epoch=1, config_hash="", code_hash="theirs")


def engine(votes, **sections):
    scores = np.array([*votes, *[votes[-1]] * (len(BARS) - len(votes))], float)[:, None]
    return ExitingEngine(rules(**sections), BARS.instruments, [GivenVoter(scores, "given", 1.0)], 252.0)


def blotter():
    return Blotter(BARS.instruments, 100_000.0)


def told(order, status=OrderStatus.ACCEPTED, **more):
    return OrderUpdate(
        ts_ns=2, order_id=order.order_id, symbol="A", status=status, venue_id=f"v-{order.order_id}", **more
    )


def fill(order, qty):
    return Fill(
        ts_ns=2, fill_id=f"f-{order.order_id}-{qty}", order_id=order.order_id, symbol="A", side=order.side, qty=qty, price=50.0,
        fee_units=0, venue_id=f"v-{order.order_id}", cumulative=qty,
    )  # fmt: skip


def theirs(votes=(1,), qty=60, filled=60, **sections):
    """Return what other code has written: it buys fewer lots than this code would, and puts a stop to rest if the rules ask for one."""
    other = engine(votes, sizing={"quantity": float(qty)}, **sections)
    other.step(BEGUN)
    (bought,) = other.step(MOMENTS[0])
    records = [BEGUN, MOMENTS[0], bought, told(bought.order)]
    if filled:
        records.append(fill(bought.order, filled))
        stops = other.step(records[-1])
        records += [*stops, *(told(one.order) for one in stops)]
    return records


def gone_on(records, votes=(1,), **sections):
    """Return a loop that has lived through records and begins its own epoch, and what it asked for."""
    loop = LiveLoop(engine(votes, **sections), blotter(), MemoryJournal(), OURS)
    loop.live_through(records)
    seen = []
    loop.watch = lambda _, commands: seen.extend(commands)
    begun = replace(BEGUN, epoch=2, code_hash=OURS, inherits=loop.inherits)
    loop.post(begun)
    loop.turn(3)
    return loop, begun, seen


def working(loop):
    return {one.order.order_id: one.cancel for one in loop.blotter.working()}


def test_what_filled_is_held_and_the_rest_leaves():
    loop, begun, seen = gone_on(theirs(filled=20))
    assert begun.inherits == 5
    assert loop.engine.ledger.position("A").lots == loop.blotter.reconciliation.lots["A"] == 20
    assert list(working(loop).values()) == [True]
    assert seen == []
    assert loop.engine.external.worst("A", 20) == (60, 20)  # it may still fill until it has left
    assert loop.engine.symbols["A"].wanted == 1  # what is held is what is wanted


def test_a_position_keeps_its_stop_as_one_of_this_code():
    loop, _, seen = gone_on(theirs(exits={"stop_frac": 0.1}), exits={"stop_frac": 0.1})
    (stop,) = [one.order for one in seen if isinstance(one, Submit)]
    assert (stop.side, stop.qty, stop.stop_price, stop.reason) == (Side.SELL, 60, 45.0, Reason.STOP)
    assert sorted(working(loop).values()) == [False, True]


def test_an_exit_has_no_name_that_other_code_has_given_to_one_however_many_that_had_counted():
    *records, stop, _ = theirs(exits={"stop_frac": 0.1})
    for count in range(1, 6):
        other = replace(stop, order=replace(stop.order, order_id=f"r-1-1x{count}"))
        loop, _, seen = gone_on([*records, other, told(other.order)], exits={"stop_frac": 0.1})
        (again,) = [one.order for one in seen if isinstance(one, Submit)]
        assert again.order_id not in {"r-1-1x1", other.order.order_id}
        assert working(loop)[again.order_id] is False


def test_what_other_code_held_without_exits_gets_them_once_so_many_bars_were_seen_as_they_need():
    loop, _, _ = gone_on(theirs(), exits={"stop_atr": 2.0, "atr_window": 3})
    moves = list(BarFeed(bars_of([50.0, 51.0, 50.0, 51.0, 50.0])).events())
    assert loop.engine.step(moves[1]) == []
    (stop,) = [one.order for one in loop.engine.step(moves[2])]
    assert (stop.side, stop.qty, stop.reason) == (Side.SELL, 60, Reason.STOP)
    assert 47.0 < stop.stop_price < 50.0


def test_what_was_not_bought_is_bought_anew():
    loop, _, _ = gone_on(theirs(filled=0))
    (left,) = working(loop)
    loop.engine.step(told(loop.blotter.register.orders[left].order, OrderStatus.CANCELED))
    commands = loop.engine.step(MOMENTS[1])
    assert [one.order.qty for one in commands if isinstance(one, Submit)] == [100]
    assert not loop.engine.external


def test_what_an_order_that_was_left_fills_is_sold_again_with_the_next_bars_where_nobody_votes_for_it():
    loop, _, _ = gone_on(theirs(filled=0), votes=(0,))
    (left,) = working(loop)
    order = loop.blotter.register.orders[left].order
    assert loop.engine.step(fill(order, 60)) == []
    (sold,) = loop.engine.step(MOMENTS[1])
    assert (sold.order.side, sold.order.qty, sold.closes) == (Side.SELL, 60, True)


def test_what_it_fills_while_the_first_is_sold_again_is_so_too_once_that_is_gone():
    loop, _, _ = gone_on(theirs(filled=0), votes=(0,))
    (left,) = working(loop)
    order = loop.blotter.register.orders[left].order
    loop.engine.step(fill(order, 50))
    (sold,) = loop.engine.step(MOMENTS[1])
    loop.engine.step(replace(fill(order, 10), cumulative=60))
    assert loop.engine.step(MOMENTS[2]) == []
    loop.engine.step(fill(sold.order, 50))
    (rest,) = loop.engine.step(MOMENTS[3])
    assert (rest.order.side, rest.order.qty) == (Side.SELL, 10)


def test_what_an_exit_sold_beyond_its_position_is_bought_back_though_other_code_takes_over_meanwhile():
    records = theirs(exits={"stop_frac": 0.1})
    (stop,) = [one.order for one in records if isinstance(one, Submit) and one.order.reason is Reason.STOP]
    loop, _, _ = gone_on([*records, replace(fill(stop, 70), reason=Reason.STOP)], votes=(0,), exits={"stop_frac": 0.1})
    assert loop.engine.ledger.position("A").lots == -10
    back = loop.engine.step(MOMENTS[1])[-1]
    assert (back.order.side, back.order.qty, back.order.reason, back.closes) == (Side.BUY, 10, Reason.VOTE, True)


def test_where_it_decides_the_same_nothing_is_inherited():
    loop, begun, _ = gone_on(theirs(qty=100, filled=100))
    assert begun.inherits == 0
    assert loop.engine.symbols["A"].wanted == 1


def test_a_command_too_few_is_a_difference_too():
    loop, begun, _ = gone_on([BEGUN, MOMENTS[0]])
    assert begun.inherits == 2
    assert loop.engine.symbols["A"].pending == 0
    assert [one.order.qty for one in loop.engine.step(MOMENTS[1]) if isinstance(one, Submit)] == [100]


def test_a_replay_follows_through_both_codes():
    records = theirs(exits={"stop_frac": 0.1})
    _, begun, seen = gone_on(records, exits={"stop_frac": 0.1})
    again = Repetition(engine((1,), exits={"stop_frac": 0.1}), blotter(), OURS)
    assert [again.take(one) for one in [*records, begun, *seen]] == [None] * (len(records) + 1 + len(seen))
    assert (again.foreign, again.inherits, list(again.due)) == (len(records), 0, [])
    assert again.taken == 2


class Steady:
    """Buy one lot at every bar set, and remember what it is told."""

    def __init__(self):
        self.ends = []

    def on_event(self, event, view):
        if isinstance(event, OrderUpdate):
            self.ends.append((event.order_id, event.status))
        return [view.submit("A", "buy", 1)] if isinstance(event, BarSet) else []


def test_a_strategy_with_own_orders_is_told_which_of_them_were_never_sent():
    trader = Steady()
    one = Engine(rules(), BARS.instruments, [], 252.0, trader)
    one.step(BEGUN)
    first, second = (one.step(moment)[0].order for moment in MOMENTS[:2])
    one.inherit([first, replace(first, order_id="r-1-77", side=Side.SELL, qty=5)])
    one.step(replace(BEGUN, epoch=2, inherits=4))
    assert [open_.order.order_id for open_ in one.trader.orders.of()] == [first.order_id]
    assert one.trader.worst("A") == (1, -5)
    assert not any(isinstance(command, Cancel) for command in one.step(MOMENTS[2]))
    assert trader.ends == [(second.order_id, OrderStatus.CANCELED)]


def test_an_order_of_other_code_that_has_the_name_of_an_own_one_is_none_of_the_strategy():
    trader = Steady()
    one = Engine(rules(), BARS.instruments, [], 252.0, trader)
    one.step(BEGUN)
    own = one.step(MOMENTS[0])[0].order
    one.inherit([replace(own, side=Side.SELL, qty=5)])
    one.step(replace(BEGUN, epoch=2, inherits=3))
    assert not any(one.trader.orders.of())
    assert one.trader.worst("A") == (0, -5)
    one.step(MOMENTS[1])
    assert trader.ends == [(own.order_id, OrderStatus.CANCELED)]


def test_what_was_changed_and_then_cancelled_before_a_start_may_have_been_sent():
    order = Order(
        order_id="a", ts_ns=1, symbol="A", side=Side.BUY, qty=60, type=OrderType.LIMIT, limit_price=50.0, tif="gtc"
    )
    asked = {"order_id": "a", "ts_ns": 2, "symbol": "A"}
    left = told(order, part_status=OrderStatus.CANCELED)
    again = replace(BEGUN, epoch=2)  # since then nobody has noted again what is not acknowledged
    loop, _, _ = gone_on(
        [BEGUN, Submit(order=order), told(order), again, Replace(**asked, qty=90), left, Cancel(**asked)]
    )
    (one,) = loop.blotter.working()
    assert [(part.number, part.doubtful) for part in one.live] == [(1, True)]
