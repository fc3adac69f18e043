"""A journal that was put back from an older copy goes on under names that no order of the account has had: real processes over real sockets."""

import shutil

from live_scenes import SPEED, Process, records
from official_client import serving, trading_client
from tenfold.app.operating import halt
from tenfold.app.replay import replay
from tenfold.domain.events import Started
from tenfold.domain.order import Submit


def traded(exchange, folder, *wanted, flat=False):
    """Trade until all that is wanted was said, then until a halt has closed everything if so asked; return the report and what was said."""
    with Process(exchange, folder) as one:
        for text in wanted:
            one.until(text)
        if flat:  # an order that is under way as the process ends is filled later at the venue alone
            halt(str(folder / "journal.db"), "live", reason="enough", operator="ann", wait_s=10.0)
            one.until("breaker halt")
            one.until_flat(exchange)
        return one.ended(), one.said


def test_orders_of_what_was_lost_share_no_name_with_those_that_follow(tmp_path):
    copy = tmp_path / "copy.db"
    with serving(speed=SPEED, symbols=("AAPL",)) as exchange:
        traded(exchange, tmp_path, "epoch 1", "filled")
        shutil.copy(tmp_path / "journal.db", copy)
        traded(exchange, tmp_path, "epoch 2", "filled")
        traded(exchange, tmp_path, "epoch 3", "filled")
        shutil.copy(copy, tmp_path / "journal.db")
        lost = "orders of its epoch 3, and its journal ends with epoch 1"
        report, said = traded(exchange, tmp_path, lost, "epoch 4", "-4-", "filled", flat=True)
        with trading_client(exchange) as client:
            held = {one.symbol: int(float(one.qty)) for one in client.get_all_positions()}
            cash = float(client.get_account().cash)
    assert not [line for line in said if "rejected" in line]
    assert report["positions"] == held
    assert abs(report["equity"] - sum(report["values"].values()) - cash) < 0.01
    kept = records(tmp_path)
    assert [one.epoch for one in kept if isinstance(one, Started)] == [1, 4]
    names = [one.order.order_id for one in kept if isinstance(one, Submit)]
    assert len(names) == len(set(names))
    assert replay(tmp_path / "journal.db", "live").same
