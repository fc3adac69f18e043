"""Raw market data stay as they came, the oldest go, and what was changed or torn off is named."""

import pytest

from tenfold.adapters.capture import Capture, check_capture, frames_of
from tenfold.app import wiring
from tenfold.app.capture_settings import CaptureSettings
from tenfold.domain.capture import Frame
from tenfold.domain.errors import SettingsError, StorageError
from tenfold.domain.events import Captured

FRAMES = [Frame(source="sip" if n % 3 else "iex", received_ns=n * 7, body=bytes([n]) * (n % 50)) for n in range(200)]


def opened(folder, segment_bytes=1 << 26, keep_bytes=1 << 32):
    return Capture(folder, segment_bytes=segment_bytes, keep_bytes=keep_bytes)


def captured(folder, frames=FRAMES, every=20, **options):
    """Write frames, a mark behind each `every`, and return the marks."""
    capture = opened(folder, **options)
    marks = []
    for n, frame in enumerate(frames, 1):
        capture.write(frame.source, frame.received_ns, frame.body)
        if n % every == 0:
            marks.append(capture.mark(n))
    capture.close()
    return marks


def kept(folder):
    return [frame for path in sorted(folder.glob("*.capture")) for frame in frames_of(path.read_bytes())]


def test_frames_come_back_in_order_over_all_segments(tmp_path):
    marks = captured(tmp_path / "c", segment_bytes=1000)
    assert kept(tmp_path / "c") == FRAMES
    assert marks[-1].segment > 3
    assert [mark.ts_ns for mark in marks] == list(range(20, 201, 20))
    found = check_capture(tmp_path / "c", marks)
    assert (found.frames, found.held, found.gone, found.difference) == (200, 10, 0, "")


def test_a_new_start_begins_a_segment_and_changes_none(tmp_path):
    first = captured(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    second = captured(tmp_path)
    assert [mark.segment for mark in (*first, *second)] == [1] * 10 + [2] * 10
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    assert check_capture(tmp_path, [*first, *second]).held == 20


def test_the_oldest_segments_go(tmp_path):
    marks = captured(tmp_path, segment_bytes=600, keep_bytes=2000)
    left = sorted(int(path.stem) for path in tmp_path.iterdir())
    assert left[-1] == marks[-1].segment + 1
    assert left[0] > 1
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 3500
    found = check_capture(tmp_path, marks)
    assert found.gone > 0
    assert found.held + found.gone == len(marks)
    assert not found.difference


def test_the_settings_say_how_much_is_kept(tmp_path):
    capture = wiring.capture(tmp_path, CaptureSettings(segment_mib=1, keep_mib=2))
    for n in range(5):
        capture.write("sip", n, bytes(1 << 20))
        capture.mark(n)
    capture.close()
    assert [path.stat().st_size >> 20 for path in sorted(tmp_path.iterdir())] == [1, 0]


def test_the_oldest_go_where_no_start_lasts_for_a_whole_segment_too(tmp_path):
    for _ in range(5):
        captured(tmp_path, keep_bytes=20_000)
    assert sorted(int(path.stem) for path in tmp_path.iterdir()) == [3, 4, 5]


def test_nothing_is_told_of_a_folder_that_is_gone(tmp_path):
    marks = captured(tmp_path / "c")
    found = check_capture(tmp_path / "elsewhere", marks)
    assert (found.held, found.gone) == (0, 10)


def test_a_torn_end_is_told_from_a_change(tmp_path):
    marks = captured(tmp_path)
    path = tmp_path / "00000001.capture"
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    assert kept(tmp_path) == FRAMES[:-1]
    assert check_capture(tmp_path, marks).difference.endswith("its end was torn off")
    assert check_capture(tmp_path, marks[:-1]).difference == ""
    for place in range(0, len(whole), 101):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 8]) + whole[place + 1 :])
        assert check_capture(tmp_path, marks).difference.startswith("segment 1 of the capture")
        assert frames_of(path.read_bytes()) is not None
    path.write_bytes(whole[:10])
    assert check_capture(tmp_path, marks).difference == "segment 1 of the capture is none"


def test_a_segment_vouches_for_the_one_before(tmp_path):
    captured(tmp_path)
    marks = captured(tmp_path)
    path = tmp_path / "00000001.capture"
    path.write_bytes(path.read_bytes() + b"x")
    found = check_capture(tmp_path, marks)
    assert found.difference.startswith("segment 1 of the capture was changed: hash ")


def test_large_frames_do_not_wait_for_a_mark(tmp_path):
    capture = opened(tmp_path)
    capture.write("sip", 1, bytes(2 << 20))
    assert (tmp_path / "00000001.capture").stat().st_size > 2 << 20
    capture.close()
    capture.close()
    with pytest.raises(StorageError, match="takes nothing further"):
        capture.write("sip", 2, b"")


def test_a_disk_that_fails_is_one_line_and_for_good(tmp_path):
    capture = opened(tmp_path, segment_bytes=10)
    capture.write("sip", 1, b"x")
    (tmp_path / "00000002.capture").mkdir()
    with pytest.raises(StorageError, match="cannot be written: File exists; it takes nothing further"):
        capture.mark(1)
    with pytest.raises(StorageError, match="takes nothing further"):
        capture.write("sip", 2, b"x")
    capture.close()


def test_what_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="is no folder"):
        opened(tmp_path / "file")
    with pytest.raises(SettingsError, match="is no folder"):
        opened(tmp_path / "file" / "below")
    (tmp_path / "00000007.capture").mkdir()
    mark = Captured(ts_ns=1, segment=7, offset=1, digest="")
    with pytest.raises(StorageError, match="cannot be read: Is a directory"):
        check_capture(tmp_path, [mark])
    with pytest.raises(StorageError, match="cannot be written: Is a directory"):
        opened(tmp_path)
