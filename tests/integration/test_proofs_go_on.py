"""A long proof goes on where it was interrupted, and what other code has shown counts for nothing."""

import pytest

from proof_record import FOLDER, ProofRecord


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "src" / "a.py").write_text("1")
    return tmp_path


def shown(tree, part, *rows):
    """Return what a record has of a part, and whether it was tried."""
    tried = []
    found = ProofRecord(tree, "p").shown(part, lambda: tried.append(part) or list(rows))
    return found, bool(tried)


def test_a_part_is_tried_once_by_the_same_code(tree):
    assert shown(tree, "x", {"kill": 1}, {"kill": 2}) == ([{"kill": 1}, {"kill": 2}], True)
    assert shown(tree, "x") == ([{"kill": 1}, {"kill": 2}], False)
    assert shown(tree, "y", {"kill": 3}) == ([{"kill": 3}], True)
    (tree / "src" / "a.py").write_text("2")
    assert shown(tree, "x", {"kill": 4}) == ([{"kill": 4}], True)


def test_a_part_that_was_cut_off_is_tried_again(tree):
    shown(tree, "x", {"kill": 1}, {"kill": 2})
    kept = tree / FOLDER / "p.jsonl"
    kept.write_text(kept.read_text()[:-5])
    assert shown(tree, "x", {"kill": 3}) == ([{"kill": 3}], True)


def test_a_part_that_failed_is_not_kept_and_a_sample_keeps_nothing(tree):
    with pytest.raises(ZeroDivisionError):
        ProofRecord(tree, "p").shown("x", lambda: 1 // 0)
    assert shown(tree, "x", {"kill": 1})[1]
    assert ProofRecord(tree, "q", kept=False).shown("x", lambda: [{}]) == [{}]
    assert not (tree / FOLDER / "q.jsonl").exists()
