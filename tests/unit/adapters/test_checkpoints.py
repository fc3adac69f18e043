"""Results are kept whole or not at all, and what is damaged counts as absent."""

import resource
import signal
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.adapters.checkpoints import Checkpoints
from tenfold.domain.errors import StorageError

ENDLESS = """
import sys
from pathlib import Path
from tenfold.adapters.checkpoints import Checkpoints

kept = Checkpoints(Path(sys.argv[1]))
number = 0
while True:
    kept[str(number)] = bytes([number % 251]) * 40_000
    number += 1
    if number == 100:
        print("under way", flush=True)
"""


@pytest.fixture
def kept(tmp_path):
    return Checkpoints(tmp_path / "kept")


def only_file(kept):
    (path,) = kept.folder.glob("??/*")
    return path


def test_it_is_a_mapping_that_lasts(kept):
    assert (len(kept), list(kept), "a" in kept) == (0, [], False)
    kept["a"], kept["b/../ü"], kept["a"] = b"1", b"", b"2"
    again = Checkpoints(kept.folder)
    assert dict(again) == {"a": b"2", "b/../ü": b""}
    del again["a"]
    assert list(kept) == ["b/../ü"]
    with pytest.raises(KeyError):
        del kept["a"]
    kept.clear()
    assert not kept.folder.exists()
    assert len(kept) == 0
    kept.clear()


@given(st.binary(max_size=40), st.data())
def test_a_damaged_entry_is_absent_and_goes(tmp_path_factory, value, data):
    kept = Checkpoints(tmp_path_factory.mktemp("kept"))
    kept["key"] = value
    raw = bytearray(only_file(kept).read_bytes())
    place = data.draw(st.integers(0, len(raw) - 1))
    if data.draw(st.booleans()):
        raw = raw[:place]
    else:
        raw[place] ^= data.draw(st.integers(1, 255))
    only_file(kept).write_bytes(raw)
    assert dict(kept) == {}
    assert "key" not in kept
    assert not list(kept.folder.glob("??/*"))
    kept["key"] = value
    assert kept["key"] == value


def test_an_entry_in_the_place_of_another_is_absent(kept):
    kept["one"] = b"1"
    raw = only_file(kept).read_bytes()
    del kept["one"]
    kept["two"] = b"2"
    only_file(kept).write_bytes(raw)
    assert "two" not in kept


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="progress cannot be kept in"):
        Checkpoints(tmp_path / "file")["a"] = b"1"


def test_a_write_that_fails_leaves_nothing_behind(kept):
    kept["a"] = b"1"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with pytest.raises(StorageError, match="File too large"):
            kept["a"] = b"1" * 100_000
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert kept["a"] == b"1"
    assert not list(kept.folder.rglob(".part-*"))


def test_a_kill_in_the_middle_leaves_whole_entries(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(tmp_path / "kept")], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout.readline() == "under way\n"
        running.send_signal(signal.SIGKILL)
    kept = Checkpoints(tmp_path / "kept")
    found = dict(kept)
    assert len(found) >= 100
    assert sorted(map(int, found)) == list(range(len(found)))
    assert all(value == bytes([int(key) % 251]) * 40_000 for key, value in found.items())
