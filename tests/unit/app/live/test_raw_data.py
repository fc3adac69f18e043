"""What is kept for later ends nothing of what is traded now."""

import resource

import pytest
from msgspec.structs import replace

from tenfold.adapters.capture import check_capture
from tenfold.app.capture_settings import CaptureSettings
from tenfold.app.live.raw_data import RawData
from tenfold.domain.errors import SettingsError


@pytest.fixture
def said():
    return []


def test_frames_are_kept_and_marked(tmp_path, said):
    raw = RawData((tmp_path, CaptureSettings()), said.append)
    raw.begun()("sip", 1, b"frame")
    [mark] = raw.marks(5)
    assert (mark.ts_ns, mark.segment) == (5, 1)
    raw.close()
    assert not said


def test_without_a_folder_nothing_is_kept(said):
    raw = RawData(None, said.append)
    assert raw.begun() is None
    assert list(raw.marks(5)) == []
    raw.close()


def test_who_stands_by_leaves_the_segments_of_who_trades_alone(tmp_path, said):
    kept = tmp_path, replace(CaptureSettings(), segment_mib=1)
    trades, waits = RawData(kept, said.append), RawData(kept, said.append)
    record, marks = trades.begun(), []
    for moment in range(3):  # a segment each
        record("sip", moment, bytes(1 << 20))
        marks += trades.marks(moment)
    trades.close()
    waits.begun()("sip", 4, b"frame")
    marks += waits.marks(4)
    waits.close()
    assert not said
    assert [one.segment for one in marks] == [1, 2, 3, 5]
    assert check_capture(tmp_path, marks).difference == ""


def test_a_folder_that_cannot_be_written_as_it_begins_is_told_and_ends_nothing(tmp_path, said):
    raw = RawData((tmp_path / "gone" / "folder", CaptureSettings()), said.append)
    (tmp_path / "gone").write_text("")
    assert raw.begun() is None
    raw.close()
    [line] = said
    assert line.endswith("raw market data are kept no more, and trading goes on without them")


@pytest.fixture
def full_disk():
    """No file may become larger than a page."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize(
    "fails",
    [
        lambda raw, record: record("sip", 1, bytes(2 << 20)),
        lambda raw, record: [record("sip", 1, bytes(8192)), list(raw.marks(5))],
        lambda raw, record: [record("sip", 1, bytes(8192)), raw.close()],
    ],
)
def test_a_full_disk_is_told_once_and_ends_nothing(tmp_path, said, fails):
    raw = RawData((tmp_path, CaptureSettings()), said.append)
    record = raw.begun()
    fails(raw, record)
    for _ in range(2):
        record("sip", 3, bytes(8192))
        assert list(raw.marks(6)) == []
        raw.close()
    [line] = said
    assert line.startswith(f"the capture {tmp_path} cannot be written: File too large; ")
    assert line.endswith("raw market data are kept no more, and trading goes on without them")


def test_a_folder_that_cannot_be_one_is_refused_at_once(tmp_path, said):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="is no folder"):
        RawData((tmp_path / "file", CaptureSettings()), said.append)
