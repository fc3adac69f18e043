"""A strategy that works its own orders: what it sees, what the gate lets through, what comes back."""

import sys

import pytest

from scenes import MONDAY, bars_of, fills_of, rules
from tenfold.app.facade import backtest
from tenfold.backtesting.backtest import Own, run_backtest
from tenfold.backtesting.eventful import run_events
from tenfold.domain.errors import SettingsError, StrategyError
from tenfold.domain.events import Halt, Resume, Started
from tenfold.domain.market import BarSet
from tenfold.domain.order import Cancel, Fill, OrderStatus, OrderUpdate, Replace, Submit
from tenfold.engine.advance import advance
from tenfold.engine.engine import Engine
from tenfold.simulation.journal import MemoryJournal, NullJournal


class Scripted:
    """Do at the n-th bar set what a script says, and keep every event."""

    def __init__(self, **script):
        self.script = script
        self.seen = []
        self.bars = 0

    def on_event(self, event, view):
        self.seen.append(event)
        if not isinstance(event, BarSet):
            return []
        act = self.script.get(f"at_{self.bars}")
        self.bars += 1
        return act(view) if act else []

    def updates(self):
        return [(e.order_id, str(e.status), e.text) for e in self.seen if isinstance(e, OrderUpdate)]


def run(trader, bars, chosen=None, **more):
    return run_backtest(Own(trader, "own"), bars, chosen or rules(), **more)


FALL = [(100, 101, 99, 100), (100, 101, 95, 96), (96, 97, 90, 91), (91, 110, 91, 108), (108, 108, 108, 108)]


def test_a_limit_order_fills_where_the_bar_reaches_it():
    trader = Scripted(at_0=lambda view: [view.submit("A", "buy", 10, "limit", limit_price=95.5)])
    result = run(trader, bars_of(FALL))
    assert fills_of(result) == [(1, 10, 95.5, "order")]
    (fill,) = [event for event in trader.seen if isinstance(event, Fill)]
    assert (fill.order_id, fill.liquidity) == ("run-0-1", "maker")
    assert (result.members, result.weights, result.scores) == (("own",), (1.0,), None)


def test_a_bracket_takes_its_profit_and_cancels_the_stop():
    def enter(view):
        return view.bracket(view.submit("A", "buy", 10), take_profit=109.0, stop_loss=85.0)

    trader = Scripted(at_0=enter)
    assert fills_of(run(trader, bars_of(FALL))) == [(1, 10, 100.0, "order"), (3, -10, 109.0, "order")]
    assert trader.updates() == [("run-0-3", "canceled", "")]


def test_a_bracket_with_a_stop_limit():
    def enter(view):
        return view.bracket(view.submit("A", "buy", 10), take_profit=150.0, stop_loss=95.0, stop_limit=94.0)

    assert fills_of(run(Scripted(at_0=enter), bars_of(FALL)))[1:] == [(1, -10, 95.0, "order")]


def test_replace_and_cancel():
    trader = Scripted(
        at_0=lambda view: [view.submit("A", "buy", 10, "limit", limit_price=50.0)],
        at_1=lambda view: [view.replace("run-0-1", limit_price=92.0, qty=5)],
        at_2=lambda view: [view.submit("A", "sell", 5, "limit", limit_price=200.0, tif="day")],
        at_3=lambda view: [view.cancel(one) for one in view.orders("A")],
    )
    assert fills_of(run(trader, bars_of([*FALL, 100]))) == [(2, 5, 92.0, "order")]
    assert trader.updates() == [("run-0-1", "accepted", "replaced"), ("run-0-2", "expired", "")]


def test_a_change_to_fewer_frees_nothing_before_the_venue_has_agreed():
    def fewer(view):
        return [view.replace("run-0-1", qty=10), view.submit("A", "buy", 30, "limit", limit_price=50.0)]

    trader = Scripted(
        at_0=lambda view: [view.submit("A", "buy", 40, "limit", limit_price=50.0)],
        at_1=fewer,
        at_2=lambda view: [view.submit("A", "buy", 30, "limit", limit_price=50.0)],
    )
    run(trader, bars_of([100] * 4), rules(limits={"position_frac_max": 0.05}))
    assert [update[:2] for update in trader.updates()] == [("run-0-2", "rejected"), ("run-0-1", "accepted")]


def test_what_the_view_shows():
    def look(view):
        shown.append((view.symbols, view.equity, view.cash, view.position("A"), view.close("A"), view.ts_ns > 0))
        shown.append([(one.order.qty, one.filled, one.left) for one in view.orders()])
        return []

    shown = []
    trader = Scripted(
        at_0=lambda view: [view.submit("A", "buy", view.lots_for("A", 1000.0))],
        at_1=lambda view: [*look(view), view.submit("A", "sell", 3, "limit", limit_price=200.0)],
        at_2=look,
    )
    run(trader, bars_of([100, 100, 100]))
    assert shown == [
        (("A",), 100_000.0, 99_000.0, 10, 100.0, True), [], (("A",), 100_000.0, 99_000.0, 10, 100.0, True), [(3, 0, 3)],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sections", "order", "rule"),
    [
        ({"limits": {"position_frac_max": 0.05}}, ("buy", 51), "position"),
        ({"limits": {"gross_frac_max": 0.05}}, ("sell", 51), "gross"),
        ({"account": {"leverage_max": 1.0}}, ("buy", 1001), "leverage"),
        ({"account": {"short": False}}, ("sell", 1), "short"),
    ],
)
def test_the_gate_refuses_what_is_beyond_a_limit(sections, order, rule):
    side, qty = order
    trader = Scripted(at_0=lambda view: [view.submit("A", side, qty)])
    result = run(trader, bars_of([100, 100, 100]), rules(**sections))
    assert fills_of(result) == []
    ((order_id, status, text),) = trader.updates()
    assert (order_id, status) == ("run-0-1", "rejected")
    assert text.startswith(rule)


def test_working_orders_count_at_their_worst_and_legs_once():
    def enter(view):
        return [
            *view.bracket(view.submit("A", "buy", 40), take_profit=300.0, stop_loss=1.0),
            view.submit("A", "buy", 20, "limit", limit_price=50.0),
        ]

    trader = Scripted(at_0=enter, at_1=lambda view: [view.submit("A", "sell", 40)])
    run(trader, bars_of([100, 100, 100]), rules(limits={"position_frac_max": 0.05}))
    assert [update[:2] for update in trader.updates()] == [("run-0-4", "rejected")]


def test_what_lowers_risk_passes():
    trader = Scripted(at_0=lambda view: [view.submit("A", "buy", 50)], at_1=lambda view: [view.submit("A", "sell", 50)])
    chosen = rules(limits={"position_frac_max": 0.05})
    assert fills_of(run(trader, bars_of([100, 100, 200, 200]), chosen)) == [
        (1, 50, 100.0, "order"),
        (2, -50, 200.0, "order"),
    ]


def test_a_tripped_breaker_cancels_leaves_and_refuses():
    trader = Scripted(
        at_0=lambda view: [view.submit("A", "buy", 100), view.submit("A", "sell", 100, "limit", limit_price=300.0)],
        at_2=lambda view: [view.submit("A", "buy", 1)],
    )
    result = run(trader, bars_of([100, 100, 50, 50, 50]), rules(limits={"drawdown_frac_max": 0.01}))
    assert fills_of(result) == [(1, 100, 100.0, "order"), (3, -100, 50.0, "breaker")]
    assert [update[:2] for update in trader.updates()] == [("run-0-3", "rejected"), ("run-0-2", "canceled")]


def test_mistakes_are_counted_and_the_run_goes_on():
    trader = Scripted(
        at_0=lambda view: [view.submit("Z", "buy", 1)],
        at_1=lambda view: 7,
        at_2=lambda view: ["buy"],
        at_3=lambda view: [view.submit("A", "buy", 1, "limit")],
        at_4=lambda view: sys.exit("over"),
    )
    result = run(trader, bars_of([100] * 6))
    assert result.failures == {"own": 5}
    assert sorted(result.notes["errors"]["own"]) == [
        "OrderError: a limit order needs a limit_price: run-0-2 of A",
        "StrategyError: on_event gave int, expected a list of commands",
        "StrategyError: on_event gave str, expected Submit, Cancel or Replace",
        "SystemExit: over",
        "UnknownNameError: there is no symbol Z; expected one of: A",
    ]


def test_commands_on_orders_that_are_not_there_come_back():
    trader = Scripted(at_0=lambda view: [view.submit("A", "buy", 1, "limit", limit_price=1.0)])
    trader.script["at_1"] = lambda view: [view.cancel("run-0-1"), view.cancel("run-0-1")]
    trader.script["at_2"] = lambda view: [first]
    first = None

    def keep(view):
        nonlocal first
        first = view.submit("A", "buy", 1)
        return [first, first]

    trader.script["at_3"] = keep
    run(trader, bars_of([100] * 6))
    assert ("run-0-2", "rejected", "an order with this id is working") in trader.updates()


def test_an_endless_answer_is_stopped():
    class Stubborn:
        def on_event(self, event, view):
            return [view.submit("A", "buy", 10_000_000)]

    result = run(Stubborn(), bars_of([100, 100]))
    ((text, count),) = result.notes["errors"]["own"].items()
    assert (count, text[-17:]) == (2, "stop at a refusal")


def test_a_change_to_terms_that_an_order_cannot_have_leaves_it_as_it_is():
    trader = Scripted(
        at_0=lambda view: [view.submit("A", "buy", 10, "limit", limit_price=95.5)],
        at_1=lambda view: [view.replace("run-0-1", stop_price=92.0), view.submit("A", "buy", 1)],
    )
    assert fills_of(run(trader, bars_of([100, 100, *FALL]))) == [(2, 1, 100.0, "order"), (3, 10, 95.5, "order")]
    assert trader.updates() == [("run-0-1", "accepted", "a limit order takes no stop_price: run-0-1 of A")]


def test_it_trades_alone_and_event_by_event():
    with pytest.raises(SettingsError, match="works its own orders"):
        run(Scripted(), bars_of([100, 100]), engine="compiled")
    with pytest.raises(StrategyError, match="trades alone"):
        backtest([Scripted(), Scripted()], bars_of([100, 100]))
    assert backtest(Scripted(), bars_of([100, 100, 100])).run.engine == "event"


def test_an_operator_halts_it_and_ids_carry_the_run():
    bars = bars_of([100] * 6)
    trader = Scripted(at_1=lambda view: [view.submit("A", "buy", 10)], at_3=lambda view: [view.submit("A", "buy", 10)])
    halt = Halt(ts_ns=int(bars.ts_ns[2]), operator="eve", reason="test")
    resume = Resume(ts_ns=int(bars.ts_ns[4]), operator="eve")
    started = Started(ts_ns=0, run="r7", epoch=2, config_hash="", code_hash="")
    result = run_events(bars, rules(), [], trader=trader, name="own", operator=[halt, resume], started=started)
    assert [(bar, lots) for bar, lots, _, _ in fills_of(result)] == [(2, 10), (3, -10)]
    assert trader.updates()[0][:2] == ("r7-2-3", "rejected")


def test_a_journal_replays_to_the_same_commands():
    def script():
        return Scripted(
            at_0=lambda view: view.bracket(view.submit("A", "buy", 10), take_profit=109.0, stop_loss=85.0),
            at_2=lambda view: [view.replace("run-0-2", limit_price=105.0)],
        )

    bars, journal = bars_of(FALL), MemoryJournal()
    run(script(), bars, journal=journal)
    events = [record for record in journal.kept if type(record).__name__ not in {"Submit", "Cancel", "Replace"}]
    commands = [record for record in journal.kept if record not in events]
    engine = Engine(rules(), bars.instruments, [], 252.0, script())
    again = [command for event in events for command in advance(engine, [event], NullJournal())]
    assert again == commands
    assert any(getattr(event, "status", None) is OrderStatus.CANCELED for event in events)


def test_what_other_symbols_have_committed_counts():
    trader = Scripted(
        at_0=lambda view: [view.submit("A", "buy", 60), view.submit("B", "buy", 60), view.submit("B", "buy", 40)]
    )
    result = run(trader, bars_of([100, 100, 100], [100, 100, 100]), rules(limits={"gross_frac_max": 0.1}))
    assert [(bar, lots) for bar, lots, _, _ in fills_of(result)] == [(1, 60), (1, 40)]
    assert [update[:2] for update in trader.updates()] == [("run-0-2", "rejected")]


def test_an_order_that_closes_makes_way_for_itself():
    def leave(view):
        return [view.submit("A", "sell", 10)]

    def rest(view):
        return [view.submit("A", "buy", 5, "limit", limit_price=50.0)]

    def enter(view):
        return [view.submit("A", "buy", 10)]

    journal = MemoryJournal()
    trader = Scripted(at_0=enter, at_1=rest, at_2=leave)
    chosen = rules(limits={"refuse_self_cross": True})
    run(trader, bars_of([100.0] * 5), chosen, journal=journal)
    sent = [record for record in journal.records() if isinstance(record, Submit | Cancel)]
    assert [type(command).__name__ for command in sent] == ["Submit", "Submit", "Cancel", "Submit"]
    assert sent[2].order_id == sent[1].order.order_id


def test_new_terms_of_an_order_that_closes_make_way_too():
    journal = MemoryJournal()
    trader = Scripted(
        at_0=lambda view: [view.submit("A", "buy", 10)],
        at_1=lambda view: [
            view.submit("A", "buy", 5, "limit", limit_price=50.0),
            view.submit("A", "sell", 10, "limit", limit_price=150.0),
        ],
        at_2=lambda view: [view.replace("run-0-3", limit_price=45.0)],
    )
    run(trader, bars_of([100.0] * 5), rules(limits={"refuse_self_cross": True}), journal=journal)
    sent = [record for record in journal.records() if isinstance(record, Cancel | Replace)]
    assert [type(command).__name__ for command in sent] == ["Cancel", "Replace"]
    assert sent[0].order_id == "run-0-2"


def test_legs_that_sleep_meet_nobody():
    def enter(view):
        return view.bracket(view.submit("A", "buy", 10), take_profit=109.0, stop_loss=85.0)

    trader = Scripted(at_0=enter)
    result = run(trader, bars_of(FALL), rules(limits={"refuse_self_cross": True}))
    assert fills_of(result) == [(1, 10, 100.0, "order"), (3, -10, 109.0, "order")]


def test_an_order_against_a_resting_one_is_refused():
    trader = Scripted(
        at_0=lambda view: [view.submit("A", "sell", 5, "limit", limit_price=150.0), view.submit("A", "buy", 10)]
    )
    run(trader, bars_of(FALL), rules(limits={"refuse_self_cross": True}))
    assert ("run-0-2", "rejected", "self_cross: 0 is beyond 150") in trader.updates()


def test_an_order_meets_one_that_was_changed_on_its_old_terms_until_the_change_is_in_force():
    def buy(view):
        return view.submit("A", "buy", 10, "limit", limit_price=155.0)

    trader = Scripted(
        at_0=lambda view: [view.submit("A", "sell", 5, "limit", limit_price=150.0)],
        at_1=lambda view: [view.replace("run-0-1", limit_price=160.0), buy(view)],
        at_2=lambda view: [buy(view)],
    )
    result = run(trader, bars_of([100.0] * 5), rules(limits={"refuse_self_cross": True}))
    assert ("run-0-2", "rejected", "self_cross: 155 is beyond 150") in trader.updates()
    assert fills_of(result) == [(3, 10, 100.0, "order")]


def entering(*more):
    """Return what enters at a limit that is far, with a target, and sends more."""

    def act(view):
        entry = view.submit("A", "buy", 10, "limit", limit_price=50.0)
        return [*view.bracket(entry, take_profit=109.0, stop_loss=45.0), *(one(view) for one in more)]

    return act


@pytest.mark.parametrize(
    ("tif", "limit", "meets"),
    [("cls", 120.0, True), ("cls", 108.0, False), ("day", 120.0, True), ("day", 108.0, False)],
)
def test_a_limit_meets_legs_that_sleep_since_they_may_be_awake_while_it_works(tif, limit, meets):
    def buy(view):
        return view.submit("A", "buy", 5, "limit", limit_price=limit, tif=tif)

    trader = Scripted(at_0=entering(buy))
    run(trader, bars_of(FALL), rules(limits={"refuse_self_cross": True}))
    assert (("run-0-4", "rejected", f"self_cross: {limit:g} is beyond 109") in trader.updates()) is meets


def test_new_terms_of_a_leg_that_sleeps_make_way_for_themselves_in_an_auction():
    def buy(view):
        return view.submit("A", "buy", 5, "limit", limit_price=105.0, tif="cls")

    def lower(view):
        return [view.replace("run-0-2", limit_price=104.0)]

    journal = MemoryJournal()
    trader = Scripted(at_0=entering(buy), at_1=lower)
    run(trader, bars_of(FALL, days=[MONDAY] * 5), rules(limits={"refuse_self_cross": True}), journal=journal)
    sent = [record for record in journal.records() if isinstance(record, Cancel | Replace)]
    assert [(type(one).__name__, one.order_id) for one in sent] == [("Cancel", "run-0-4"), ("Replace", "run-0-2")]


def test_what_closes_in_an_auction_sends_no_leg_away():
    def enter(view):
        return [view.submit("A", "buy", 10)]

    def short(view):
        entry = view.submit("A", "sell", 20, "limit", limit_price=150.0)
        return view.bracket(entry, take_profit=97.0, stop_loss=160.0)

    def leave(view):
        return [view.submit("A", "sell", 10, "limit", limit_price=95.0, tif="cls")]

    journal = MemoryJournal()
    chosen = rules(limits={"refuse_self_cross": True}, account={"short": True})
    run(Scripted(at_0=enter, at_1=short, at_2=leave), bars_of(FALL), chosen, journal=journal)
    sent = [record for record in journal.records() if isinstance(record, Submit | Cancel)]
    assert [type(one).__name__ for one in sent] == ["Submit"] * 5  # the legs it would meet are there


def test_the_legs_of_an_entry_in_an_auction_do_not_send_it_away():
    def enter(view):
        return view.bracket(view.submit("A", "buy", 10, tif="opg"), take_profit=109.0, stop_loss=85.0)

    journal = MemoryJournal()
    run(Scripted(at_0=enter), bars_of(FALL), rules(limits={"refuse_self_cross": True}), journal=journal)
    sent = [record for record in journal.records() if isinstance(record, Submit | Cancel)]
    assert [type(one).__name__ for one in sent] == ["Submit"] * 3


def test_entries_in_one_auction_stand_beside_the_legs_of_one_another():
    def enter(view):
        entries = [view.submit("A", "buy", 10, "limit", limit_price=110.0, tif="opg") for _ in range(2)]
        return [one for entry in entries for one in view.bracket(entry, take_profit=109.0, stop_loss=85.0)]

    result = run(Scripted(at_0=enter), bars_of(FALL), rules(limits={"refuse_self_cross": True}))
    assert [(bar, lots) for bar, lots, _, _ in fills_of(result)] == [(1, 10), (1, 10), (3, -10), (3, -10)]
