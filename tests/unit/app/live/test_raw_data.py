"""Raw market data that cannot be kept any more are told of once, and end nothing."""

from tenfold.adapters.capture import Capture
from tenfold.app.live.raw_data import RawData


def test_what_cannot_be_kept_is_told_once_and_ends_nothing(tmp_path):
    told = []
    raw = RawData(Capture(tmp_path, segment_bytes=50, keep_bytes=1000), told.append)
    record = raw.record
    assert record is not None
    record("iex", 1, b"frame" * 10)
    (tmp_path / "00000002.capture").mkdir()  # where the next segment is to be
    for number in range(3):
        assert raw.marks(number) == []
        record("iex", number, b"frame")
    raw.close()
    assert len(told) == 1
    assert "cannot be written" in told[0]
    assert raw.record is None


def test_what_is_kept_is_marked(tmp_path):
    raw = RawData(Capture(tmp_path, segment_bytes=1000, keep_bytes=1000), print)
    assert raw.record is not None
    raw.record("iex", 1, b"frame")
    assert [one.segment for one in raw.marks(5)] == [1]
    raw.close()
    assert RawData(None, print).marks(5) == []
