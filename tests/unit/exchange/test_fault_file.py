"""Faults are read from files, texts and options, or refused in one line."""

import pytest

from tenfold.domain.errors import SettingsError
from tenfold.exchange.fault_file import decode_faults, load_faults, parse_fault
from tenfold.exchange.faults import Switch


def test_a_file_names_rates_and_switches(tmp_path):
    path = tmp_path / "faults.yaml"
    path.write_text("lost_event: 0.05\nrestart: true\noverfill: 1\nhalt: {rate: 0.5, value: 60, limit: 2, after: 3}\n")
    assert load_faults(path) == {
        "lost_event": Switch(rate=0.05),
        "restart": Switch(),
        "overfill": Switch(),
        "halt": Switch(rate=0.5, value=60, limit=2, after=3),
    }


def test_what_is_off_in_a_file_is_left_out_and_in_json_is_switched_off(tmp_path):
    path = tmp_path / "faults.yaml"
    path.write_text("lost_event: 0\nrestart: false\nhalt:\n")
    assert load_faults(path) == {}
    assert decode_faults(b'{"halt": null, "restart": 0.25}') == {"halt": None, "restart": Switch(rate=0.25)}


def test_an_empty_file_is_no_fault(tmp_path):
    path = tmp_path / "faults.yaml"
    path.write_text("\n")
    assert load_faults(path) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lost_evnt: 0.1", "there is no fault 'lost_evnt'; did you mean lost_event?"),
        (
            "lost_event: 2",
            "fault lost_event: rate is 2, expected a number ≥ 0 and ≤ 1; expected lines such as `lost_event: 0.05`",
        ),
        ("halt: [1]", "fault halt: rate is a list, expected a number"),
        ("halt: {value: .inf}", "fault halt: value is inf, expected a number"),
        ("halt: .nan", "fault halt: rate is nan, expected a number"),
        ("lost_event: often", "expected lines such as"),
        ("halt: {rat: 0.1}", "unknown key"),
        ("- halt", "expected lines such as"),
        ("halt: {", "this is not yaml"),
    ],
)
def test_a_broken_file_is_told_in_one_line(tmp_path, text, said):
    path = tmp_path / "faults.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError) as refused:
        load_faults(path)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(SettingsError, match="cannot be read"):
        load_faults("/nowhere/faults.yaml")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("halt", ("halt", Switch())),
        ("halt=0.1", ("halt", Switch(rate=0.1))),
        ("halt=0.1,value=60,limit=3,after=1", ("halt", Switch(rate=0.1, value=60.0, limit=3, after=1))),
        ("halt=value=60", ("halt", Switch(value=60.0))),
        ("clock_skew=1,value=-5", ("clock_skew", Switch(rate=1.0, value=-5.0))),
    ],
)
def test_an_option_names_a_fault(text, found):
    assert parse_fault(text) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hallt=0.1", "there is no fault 'hallt'; did you mean halt?"),
        ("halt=1.5", "fault halt=1.5: rate is '1.5', expected a number"),
        ("halt=x", "expected a number"),
        ("halt=", "fault halt=: rate is '', expected a number"),
        ("halt=0.1,", "rate is '', expected a number"),
        ("halt=0.1,value=", "value is '', expected a number"),
        ("halt=0.1,value=inf", "value is 'inf', expected a number"),
        ("halt=0.1,value=nan", "value is 'nan', expected a number"),
        ("overfill=0.1,value=-2", "fault overfill: value is -2, expected "),
        ("halt=0.1,vlue=2", "did you mean value?"),
        ("", "there is no fault ''"),
    ],
)
def test_a_broken_option_is_told_in_one_line(text, said):
    with pytest.raises(SettingsError) as refused:
        parse_fault(text)
    assert said in str(refused.value)
