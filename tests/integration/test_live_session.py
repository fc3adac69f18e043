"""`tenfold live`: the whole engine over real sockets, beside Alpaca's own client on the same account."""

import asyncio
import contextlib
import io
import os
import signal
import threading

import pytest
from msgspec.structs import replace
from rich.console import Console

from live_scenes import SPEED, Process, fails, records, session, strategy_file, variables
from loops import in_a_loop
from official_client import ask, enums, serving, settings, switched, trading_client
from stopwatch import Stopwatch
from tenfold.app.cli.program import main
from tenfold.app.exchange import open_exchange
from tenfold.app.live import venue_account
from tenfold.app.live.screen import Screen
from tenfold.app.operating import halt, resume
from tenfold.app.replay import replay
from tenfold.domain.errors import SettingsError, StorageError, UnknownNameError
from tenfold.domain.events import Started
from tenfold.domain.rules import Entry, Rules, Sizing
from tenfold.domain.units import NS_PER_SECOND
from tenfold.exchange.opening import MADE_UP_START_NS

TAKEOVER_S = 2.0
RESTING = Rules(sizing=Sizing(method="fraction", fraction=0.05), entry=Entry(order="limit", offset_frac=0.2))


@pytest.fixture(scope="module")
def exchange():
    with serving(speed=SPEED, symbols=("AAPL", "MSFT")) as opened:
        yield opened


def agree(exchange, positions, cash):
    """Hold how a session leaves the account against what the official client reads, to the cent."""
    with trading_client(exchange) as client:
        account, held = client.get_account(), client.get_all_positions()
        assert {one.symbol: int(float(one.qty)) for one in held} == positions
        assert not client.get_orders()
    assert round(float(account.cash), 2) == round(cash, 2)


def settled(one):
    """Say whether nothing works and everything was compared."""
    blotter = one.shown[-1].loop.blotter
    return blotter.ready and not list(blotter.working())


def named(folder):
    """Return by which name the run's orders begin."""
    return next(one.run for one in records(folder) if isinstance(one, Started))


def test_it_goes_on_through_a_cut_and_cancels_a_stray_order(exchange, tmp_path):
    async def scene():
        async with session(exchange, tmp_path, capture=tmp_path / "raw") as one:
            await one.until(lambda: one.lines("filled"))
            switched(exchange, "cut_mid_frame", limit=2)
            await one.until(lambda: one.lines("not connected"))
            count = len(one.lines("filled"))
            with trading_client(exchange) as client:
                stray = ask.LimitOrderRequest(
                    symbol="AAPL", qty=1, side=enums.OrderSide.BUY, time_in_force=enums.TimeInForce.GTC, limit_price=5.0,
                    client_order_id=f"{named(tmp_path)}-0-77",
                )  # fmt: skip
                client.submit_order(stray)
                watch = Stopwatch()
                await one.until(lambda: one.lines("stray order"))
                assert watch.taken_s() < 1.0
            await one.until(lambda: len(one.lines("filled")) >= count + 2)
            await one.until(lambda: settled(one))
            return one, await one.ended()

    one, report = in_a_loop(scene())
    assert report.fills >= 3
    assert report.differences == {"stray": 1}
    assert [line for line in report.alarms if "stray order" in line]
    agree(exchange, report.positions, one.shown[-1].loop.engine.ledger.cash / 1e6)
    told = replay(tmp_path / "journal.db", "live", tmp_path / "raw")
    assert told.same
    assert told.commands >= report.orders
    assert told.capture.frames > 10
    out = io.StringIO()
    Console(file=out, width=140).print(Screen("live").rendered(one.shown[-1]))
    assert f"(bar {one.shown[-1].number:,})" in out.getvalue()
    assert " of 100; " in out.getvalue()


def test_its_journal_may_be_a_server(exchange, tmp_path, postgres):
    async def scene():
        async with session(exchange, tmp_path, journal=postgres, name="served") as one:
            await one.until(lambda: one.lines("filled"))
            return await one.ended()

    report = in_a_loop(scene())
    assert report.fills
    assert "postgres" in report.journal
    assert replay(postgres, "served").same


def test_killed_it_is_replaced_and_the_next_one_halts_on_a_word(exchange, tmp_path):
    journal = str(tmp_path / "journal.db")
    with contextlib.ExitStack() as both:
        first = both.enter_context(Process(exchange, tmp_path))
        first.until("epoch 1")
        second = both.enter_context(Process(exchange, tmp_path))
        second.until("standing by")
        first.until("filled")
        first.kill()
        watch = Stopwatch(second.process.pid)
        second.until("epoch 2")
        assert watch.taken_s() < TAKEOVER_S
        second.until("filled")
        watch = Stopwatch(second.process.pid)
        told = halt(journal, "live", reason="enough", operator="ann", wait_s=10.0)
        assert told.taken
        assert told.seconds - watch.held_up_s() < 1.0
        second.until("breaker halt")
        second.until_flat(exchange)
        report = second.ended()
    assert report["positions"] == {}
    assert report["trips"] == ["halt"]
    assert report["differences"] == {}
    agree(exchange, {}, report["equity"])
    found = replay(journal, "live")
    assert found.same
    assert found.epochs == 2


def test_a_stop_leaves_orders_as_they_are_and_the_next_start_knows_them(exchange, tmp_path):
    async def scene():
        reports = []
        for _ in range(2):
            async with session(exchange, tmp_path, rules=RESTING) as one:
                await one.until(lambda: one.shown and list(one.shown[-1].loop.blotter.working()))
                await one.until(lambda: one.shown[-1].loop.blotter.ready)
                reports.append(await one.ended())
        return reports

    first, second = in_a_loop(scene())
    assert first.working
    assert any("left as they are" in line for line in first.lines())
    assert not second.differences
    with trading_client(exchange) as client:
        orders = client.get_orders()
        assert [f"{one.side.value} {one.qty} {one.symbol} ({one.client_order_id})" for one in orders] == list(
            second.working
        )
        client.cancel_orders()


def held(one):
    """Return what is held of AAPL."""
    return one.shown and one.shown[-1].loop.engine.ledger.position("AAPL").lots


LONG = """
class Long:
    name = "long"

    def on_bar(self, window):
        return 1.0
"""


def test_what_a_start_finds_is_neither_a_gain_nor_an_alarm(exchange, tmp_path):
    (tmp_path / "long.py").write_text(LONG)
    chosen = {"strategy": f"{tmp_path / 'long.py'}:Long"}
    journal = str(tmp_path / "journal.db")

    async def scene():
        reports = []
        for name in ("first", "first", "second"):
            async with session(exchange, tmp_path, **chosen, name=name) as one:
                await one.until(lambda: held(one) and settled(one))
                if not reports:
                    async with session(exchange, tmp_path, **chosen, name=name) as other:
                        await other.until(lambda: other.lines("standing by"))
                        (line,) = (await other.ended()).lines()
                        assert "was not traded from here" in line
                    await asyncio.to_thread(halt, journal, name, reason="enough", operator="ann", wait_s=10.0)
                    await one.until(lambda: not held(one) and settled(one))
                    await asyncio.to_thread(resume, journal, name, operator="ann", wait_s=10.0)
                    await one.until(lambda: held(one) and settled(one))
                reports.append(await one.ended())
        return reports

    first, again, second = in_a_loop(scene())
    assert [line for line in first.alarms if "breaker halt tripped" in line]
    assert again.trips == ("halt (reset)",)
    assert not again.alarms
    assert second.positions == again.positions == first.positions
    assert second.values["AAPL"] > 1_000.0
    assert abs(second.equity - second.equity_before) < 100.0  # the position was taken over


def test_what_cannot_be_ends_in_one_line(exchange, tmp_path, monkeypatch):
    with pytest.raises(UnknownNameError, match="does not trade NONE"):
        fails(exchange, tmp_path, symbols=["AAPL", "NONE"])
    with pytest.raises(SettingsError, match="expected at most 20"):
        fails(exchange, tmp_path, name="x" * 21)
    with pytest.raises(
        SettingsError, match="pairs compares symbols with each other, and AAPL is alone: give at least two"
    ):
        fails(exchange, tmp_path, strategy="pairs", rules=Rules())
    begun(exchange, tmp_path)
    with pytest.raises(
        SettingsError, match=r"begun with other rules \(rules.entry.order, rules.entry.offset_frac\): give"
    ):
        fails(exchange, tmp_path, rules=RESTING)
    with pytest.raises(
        SettingsError,
        match=r"begun with other symbols or other terms of them, bars of another length \(--every\): give",
    ):
        fails(exchange, tmp_path, symbols=["MSFT"], every="5m")
    monkeypatch.setenv("TENFOLD_ALPACA_KEY_ID", "NOKEY")
    monkeypatch.setenv("TENFOLD_ALPACA_SECRET_KEY", "nosecret-7f3a")
    with pytest.raises(SettingsError, match="check the keys") as caught:
        fails(exchange, tmp_path)
    assert "nosecret" not in str(caught.value)


def begun(exchange, folder):
    async def scene():
        async with session(exchange, folder) as one:
            await one.until(lambda: one.shown)
            await one.ended()

    in_a_loop(scene())


def test_a_venue_that_began_anew_is_not_gone_on_with(exchange, tmp_path):
    begun(exchange, tmp_path)
    with serving(speed="1x", symbols=("AAPL",)) as another, pytest.raises(StorageError, match="begin another run"):
        fails(another, tmp_path)


def test_a_closed_market_is_waited_for(tmp_path):
    begins = replace(settings(speed=SPEED, symbols=("AAPL",)), start_ns=MADE_UP_START_NS - 3600 * NS_PER_SECOND)
    with open_exchange(settings=begins, synthetic=True) as early:

        async def scene():
            async with session(early, tmp_path) as one:
                await one.until(lambda: one.lines("the market is closed until 2024-03-04 14:30:00 UTC: waiting"))
                return await one.ended()

        assert not in_a_loop(scene()).orders


def test_paper_follows_the_live_feed(exchange, tmp_path, monkeypatch, capsys):
    for name, value in variables(exchange).items():
        monkeypatch.setenv(name, value)
    followed = ["paper", strategy_file(tmp_path), "aapl", "--journal", str(tmp_path / "journal.db"), "--follow"]
    assert main([*followed, "--for", "1.5", "--past", "1"]) == 0
    told = capsys.readouterr()
    assert "run paper of" in told.out
    assert "epoch 1" in told.err
    before_close = ["--set", "rules.entry.order=moc", "--set", "rules.entry.decide_before_close_s=900"]
    for more, text in (
        (["--pace", "5"], "--pace is for bars that are replayed"),
        (["--for", "0"], "expected seconds above 0, or a time such as 90s, 10m, 2h"),
        (["--for", "soon"], "expected seconds above 0"),
        (["--for", "inf"], "expected seconds above 0"),
        (["--past", "0"], "--past is 0 days, expected 1 to 36500"),
        (["--past", "99999999999999"], "days, expected 1 to 36500"),
        (["--set", "rules.limits.gross_frac_max=-1"], "rules.limits.gross_frac_max"),
        (["--set", "rules.limits.gros_frac_max=1"], "did you mean rules.limits.gross_frac_max"),
        (["--every", "7m"], "not made of minutes"),
        (["--every", ""], "--every is empty, expected a value"),
        (["--capture", ""], "--capture is empty, expected a value"),
        (["--limits", "none", "--set", "profile=live"], "--limits is none, and --set profile=live is given too"),
        (["--catalogue", "--name", "fresh"], "symbol 'AAPL' is not in the catalogue"),
        (["--every", "7x"], "period is '7x', expected a number"),
        (["--set", "rules.account.cash=500"], "rules.account.cash has no effect here, expected none: the account has"),
        (["--set", "rules.matching.on_close=true"], "rules.matching.on_close has no effect here"),
        (before_close, "bars are of 1m: give --every 1d"),
        (["--set", "engine=compiled"], "option engine=compiled has no effect here"),
        (["--name", "größe"], "--name 'gr\\xf6\\xdfe' has letters that are not ASCII"),
        (["--set", "alpaca.gateway=localhost:99999"], "expected a port from 1 to 65535"),
    ):
        assert main([*followed, *more]) == 2
        error = capsys.readouterr().err
        assert text in error, error
        assert error.count("\n") == 1
    assert main(["paper", "crossing", "AAPL", "--every", "1m"]) == 2
    assert "--every is for a session on live data" in capsys.readouterr().err


def test_a_venue_that_does_not_answer_is_told_soon(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(venue_account, "AT_ONCE_S", 0.1)
    monkeypatch.setattr(venue_account, "PATIENCE_S", 0.3)
    monkeypatch.setenv("TENFOLD_ALPACA__TRADING_URL", "http://127.0.0.1:9")
    assert main(["live", strategy_file(tmp_path), "AAPL", "--journal", str(tmp_path / "journal.db")]) == 5
    first, last = capsys.readouterr().err.splitlines()
    assert (
        first
        == "the simulated venue at http://127.0.0.1:9 does not answer yet, it is waited for: open one with `tenfold exchange`"
    )
    why = "(127.0.0.1 does not answer /v2/clock: 127.0.0.1 cannot be reached"
    patience = "error: the simulated venue at http://127.0.0.1:9 does not answer within 0.3 s"
    assert last.startswith(f"{patience}: open one with `tenfold exchange` {why}")
    monkeypatch.setenv("TENFOLD_ALPACA__TRADING_STREAM_URL", "ws://127.0.0.1:9/stream")
    monkeypatch.setenv("TENFOLD_ALPACA_KEY_ID", "PK1")
    monkeypatch.setenv("TENFOLD_ALPACA_SECRET_KEY", "s1")
    asked = ["live", strategy_file(tmp_path), "AAPL", "--account", "paper", "--journal", str(tmp_path / "journal.db")]
    assert main(asked) == 5
    last = capsys.readouterr().err.splitlines()[-1]
    assert f"does not answer within 0.3 s: look whether this machine reaches it, and try again {why}" in last


@pytest.mark.parametrize(
    ("number", "said", "code"),
    [(signal.SIGINT, "interrupted", 130), (signal.SIGTERM, "terminated", 143), (signal.SIGHUP, "hung up", 129)],
)
def test_a_stop_is_not_kept_waiting_by_a_venue_that_does_not_answer(tmp_path, monkeypatch, capsys, number, said, code):
    monkeypatch.setattr(venue_account, "AT_ONCE_S", 0.1)
    monkeypatch.setattr(venue_account, "PATIENCE_S", 600.0)
    monkeypatch.setenv("TENFOLD_ALPACA__TRADING_URL", "http://127.0.0.1:9")
    taken = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
    before = signal.signal(number, taken)  # a process begun in the background, or by nohup, ignores it
    pressed = threading.Timer(2.0, os.kill, (os.getpid(), number))
    pressed.start()
    try:
        assert main(["live", strategy_file(tmp_path), "AAPL", "--journal", str(tmp_path / "journal.db")]) == code
    finally:
        pressed.cancel()
        signal.signal(number, before)
    waits, last = capsys.readouterr().err.splitlines()
    assert "is waited for" in waits
    assert last == f"error: {said}; it was not connected yet: the venue had not answered, and nothing was traded"
    assert not (tmp_path / "journal.db").exists()


def test_the_time_of_a_session_begins_when_it_trades_the_run(exchange, tmp_path):
    async def scene():
        async with session(exchange, tmp_path) as first:
            await first.until(lambda: first.lines("epoch 1"))
            async with session(exchange, tmp_path, seconds=0.5) as second:
                await second.until(lambda: second.lines("standing by"))
                await asyncio.sleep(1.0)
                assert not second.task.done()
                assert (await first.ended()).traded
                return await asyncio.wait_for(second.task, 90)

    assert in_a_loop(scene()).traded


@pytest.mark.parametrize(
    ("journal", "said", "code"),
    [
        ("mysql://here/x", "journal at mysql://here/x is not known, expected a file or postgresql://", 2),
        ("postgresql://ann:secret-7f3a@127.0.0.1:1/x", "postgresql://ann@127.0.0.1:1/x cannot be reached", 5),
        ("nowhere/journal.db", "there is no folder nowhere", 2),
        (".", "is a folder, expected a file for the journal", 2),
    ],
)
def test_a_journal_that_cannot_be_is_told_before_the_venue_is_waited_for(
    tmp_path, monkeypatch, capsys, journal, said, code
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TENFOLD_ALPACA__TRADING_URL", "http://127.0.0.1:9")  # whose patience would be told instead
    assert main(["live", strategy_file(tmp_path), "AAPL", "--journal", journal]) == code
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert "secret" not in told


def test_coins_are_refused_before_the_venue_is_asked(tmp_path, capsys):
    assert main(["live", strategy_file(tmp_path), "BTC/USD", "--journal", str(tmp_path / "j.db")]) == 2
    assert "BTC/USD is a coin, expected shares" in capsys.readouterr().err


def test_the_command_stops_at_sigterm(exchange, tmp_path):
    with Process(exchange, tmp_path) as one:
        one.until("epoch 1")
        assert one.ended()["run"] == "live"
    assert one.process.returncode == 0
