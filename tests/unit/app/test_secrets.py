"""The signing key is made once, is read by its owner alone and never shows."""

import threading

import pytest

from tenfold.app import secrets
from tenfold.domain.errors import SettingsError, StorageError


def test_a_key_is_made_at_first_use_and_kept(home):
    first = secrets.sign(b"content")
    path = home / "signing.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_text().strip()) == 64
    assert secrets.sign(b"content") == first
    assert secrets.signed(b"content", first)
    assert not secrets.signed(b"contents", first)
    assert not secrets.signed(b"content", "Ä")
    assert [file.name for file in home.iterdir()] == ["signing.key"]


def test_the_environment_goes_first(home, monkeypatch):
    monkeypatch.setenv("TENFOLD_SIGNING_KEY", "a" * 40)
    first = secrets.key_id()
    assert not (home / "signing.key").exists()
    monkeypatch.setenv("TENFOLD_SIGNING_KEY", "b" * 40)
    assert secrets.key_id() != first


def test_two_at_once_make_one_key(home):
    found = []
    threads = [threading.Thread(target=lambda: found.append(secrets.key_id())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_short_key_is_refused_without_showing_it(monkeypatch):
    monkeypatch.setenv("TENFOLD_SIGNING_KEY", "hunter2")
    with pytest.raises(SettingsError, match="has 7 characters, expected at least 32") as error:
        secrets.sign(b"content")
    assert "hunter2" not in str(error.value)


def test_a_key_that_others_may_read_is_refused(home):
    secrets.key_id()
    (home / "signing.key").chmod(0o644)
    with pytest.raises(SettingsError, match=r"may be read by others \(mode 644\)"):
        secrets.key_id()


def test_a_key_that_cannot_be_read_or_made_is_one_line(home, tmp_path, monkeypatch):
    (home / "signing.key").mkdir(mode=0o700)
    with pytest.raises(StorageError, match="can be neither read nor made"):
        secrets.key_id()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TENFOLD_HOME", str(tmp_path / "file"))
    with pytest.raises(StorageError, match="can be neither read nor made"):
        secrets.key_id()


def test_the_operators_key_is_another_one_and_none_is_made_for_a_reading(home, monkeypatch):
    assert secrets.operator_refutes(b"content", "k", "s").startswith("there is no operator's key here")
    assert not (home / "operator.key").exists()
    signature = secrets.operator_signature(b"content")
    assert (home / "operator.key").stat().st_mode & 0o777 == 0o600
    assert signature != secrets.sign(b"content")
    assert secrets.operator_refutes(b"content", secrets.operator_key_id(), signature) == ""
    assert secrets.operator_refutes(b"contents", secrets.operator_key_id(), signature) == "its signature does not hold"
    key = secrets.operator_key_id()
    monkeypatch.setenv("TENFOLD_OPERATOR_KEY", "z" * 40)
    assert f"it names key {key}" in secrets.operator_refutes(b"content", key, signature)
