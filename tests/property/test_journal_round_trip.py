"""Whatever is journaled comes back bit for bit."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tenfold.adapters.journal.journal import begin_run, open_run
from tenfold.codec import encode
from tenfold.domain.events import Alerted, CashFlow, Fitness, Halt, Past, Revised, Switched, Timer
from tenfold.domain.market import Bar, BarSet
from tenfold.domain.order import Cancel, Fill, Order, OrderStatus, OrderType, OrderUpdate, Side, Submit

MOMENTS = st.integers(-(2**62), 2**62)
TEXT = st.text(max_size=20)
SYMBOLS = st.text(min_size=1, max_size=8)
PRICES = st.floats(1e-6, 1e12)
ANY = st.floats()  # NaN and infinity too
COUNTS = st.integers(0, 2**31 - 1)
BARS = st.builds(
    Bar, COUNTS, COUNTS, MOMENTS, PRICES, PRICES, PRICES, PRICES, ANY, MOMENTS, ANY, ANY, ANY, ANY, ANY,
    *[COUNTS] * 7, SYMBOLS, st.tuples(ANY, ANY),
)  # fmt: skip
SETS = st.builds(BarSet, ts_ns=MOMENTS, session=COUNTS, bars=st.tuples(BARS, BARS), missing=st.tuples(SYMBOLS))
RECORDS = st.one_of(
    st.builds(Timer, ts_ns=MOMENTS),
    st.builds(Halt, ts_ns=MOMENTS, operator=TEXT, reason=TEXT),
    st.builds(CashFlow, ts_ns=MOMENTS, symbol=SYMBOLS, kind=TEXT, units=MOMENTS),
    SETS,
    st.builds(Past, ts_ns=MOMENTS, bars=SETS),
    st.builds(Revised, ts_ns=MOMENTS, cause=st.just("official"), bar=BARS, before=st.none() | BARS),
    st.builds(Fitness, ts_ns=MOMENTS, symbol=SYMBOLS, fit=st.booleans(), reason=TEXT),
    st.builds(Switched, ts_ns=MOMENTS, symbol=SYMBOLS, source=TEXT, before=TEXT, reason=TEXT),
    st.builds(Alerted, ts_ns=MOMENTS, source=TEXT, score=ANY, text=TEXT),
    st.builds(
        Fill, ts_ns=MOMENTS, fill_id=TEXT, order_id=TEXT, symbol=SYMBOLS, side=st.sampled_from(Side),
        qty=st.integers(1, 2**53), price=PRICES, fee_units=MOMENTS,
    ),
    st.builds(OrderUpdate, ts_ns=MOMENTS, order_id=TEXT, symbol=SYMBOLS, status=st.sampled_from(OrderStatus), text=TEXT),
    st.builds(Cancel, ts_ns=MOMENTS, order_id=TEXT, symbol=SYMBOLS),
    st.builds(
        Submit,
        order=st.builds(
            Order, order_id=TEXT, ts_ns=MOMENTS, symbol=SYMBOLS, side=st.sampled_from(Side), qty=st.integers(1, 2**53),
            type=st.just(OrderType.LIMIT), limit_price=PRICES,
        ),
    ),
)  # fmt: skip


@settings(max_examples=20)
@given(st.lists(st.lists(RECORDS, max_size=6), max_size=5), st.binary(max_size=40))
def test_records_come_back_bit_for_bit(batches, description):
    with tempfile.TemporaryDirectory() as folder:
        target = str(Path(folder) / "journal.db")
        journal = begin_run(target, "", description)
        for batch in batches:
            journal.append(batch)
            journal.sync()
        end = journal.verify()
        journal.close()
        again = open_run(target)
        kept = [encode(record, "msgpack") for record in again.records()]
        assert kept == [encode(record, "msgpack") for batch in batches for record in batch]
        assert again.verify() == end == (len(kept), end[1])
        assert again.description == description
        again.close()
