"""Files come whole or not at all."""

import pytest

from tenfold.app.writing import write_together, write_whole
from tenfold.domain.errors import StorageError


class Interrupted(dict):
    def items(self):
        yield from super().items()
        raise KeyboardInterrupt


def test_an_interrupt_leaves_nothing_behind(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        write_together(Interrupted({tmp_path / "one": b"1", tmp_path / "two": b"2"}))
    assert list(tmp_path.iterdir()) == []


def test_what_stood_there_stays_where_a_write_fails(tmp_path):
    write_whole(tmp_path / "one", b"1")
    (tmp_path / "two").mkdir()
    with pytest.raises(StorageError, match="two cannot be written: it is a folder"):
        write_together({tmp_path / "one": b"3", tmp_path / "two": b"4"})
    assert (tmp_path / "one").read_bytes() == b"1"
    assert len(list(tmp_path.iterdir())) == 2
