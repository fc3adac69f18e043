"""Round trips: compiled code and plain Python give the same records, to the last bit."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tenfold.domain.records import FILL, TRADE
from tenfold.kernels import round_trips as kernel
from tenfold.kernels.jit import compiled
from tenfold.kernels.layout import as_records
from tenfold.metrics.round_trips import OPEN_TRIP, round_trips

fill = st.tuples(
    st.integers(0, 2),
    st.integers(-(2**31), 2**31).filter(bool) | st.integers(-5, 5).filter(bool),
    st.floats(0.0001, 1e5),
    st.integers(0, 10**12),
    st.integers(0, 6),
)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(fill, max_size=40), scale=st.sampled_from([1.0, 1e6, 1e3]), close=st.floats(0.01, 1e4))
def test_compiled_equals_plain(rows, scale, close):
    fills = np.zeros(len(rows), FILL)
    for i, (symbol, lots, price, fee, reason) in enumerate(rows):
        held = int(fills["lots"][:i][fills["symbol"][:i] == symbol].sum())
        small = lots % 2**20 + 1 if abs(held + lots) >= 2**31 or abs(lots) * price * scale > 2**60 else lots
        fills[i] = (i * 60, i, symbol, small, price, fee, 0, reason, i + 1)
    upp, closes = np.full(3, scale), np.array([close, np.nan, close])
    plain = np.zeros(len(rows) + 3, TRADE)
    count = kernel.round_trips(
        as_records(fills), upp, closes, len(rows), 99, as_records(np.zeros(3, OPEN_TRIP)), as_records(plain)
    )
    fast = np.zeros(len(rows) + 3, TRADE)
    assert compiled(kernel.round_trips)(*_viewed(fills, upp, closes, len(rows), fast)) == count
    assert fast.tobytes() == plain.tobytes()
    if rows:
        assert round_trips(fills, upp, closes, len(rows), 99).tobytes() == plain[:count].tobytes()


def _viewed(fills, upp, closes, last, out):
    from tenfold.kernels.jit import DISABLED

    view = as_records if DISABLED else (lambda records: records)
    return view(fills), upp, closes, last, 99, view(np.zeros(3, OPEN_TRIP)), view(out)
