import msgspec
import pytest

from tenfold import codec
from tenfold.domain.errors import DecodeError, SettingsError
from tenfold.domain.events import Halt, Timer
from tenfold.domain.instrument import Symbol
from tenfold.domain.order import Command, Order, Side, Submit
from tenfold.domain.rules import Costs, Rules

RULES = Rules(costs=Costs(fee_frac=0.001, participation_frac_max=0.1))


@pytest.mark.parametrize("format", ["json", "msgpack", "toml", "yaml"])
def test_every_format_gives_the_value_back(format):
    assert codec.decode(Rules, codec.encode(RULES, format), format) == RULES


def test_a_tagged_command_comes_back():
    order = Order(order_id="1", ts_ns=5, symbol="SPY", side=Side.BUY, qty=3)
    assert codec.decode(Command, codec.encode(Submit(order=order))) == Submit(order=order)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[costs]\nfee_fac = 1", "unknown key costs.fee_fac, did you mean fee_frac?"),
        ("zzz = 1", "unknown key zzz, expected one of: account, costs, "),
        ("[costs]\nfee_frac = 2", "costs.fee_frac is 2, expected a number ≥ 0 and ≤ 1"),
        ('[costs]\nfee_frac = "a"', "costs.fee_frac is 'a', expected a number ≥ 0 and ≤ 1"),
        ("[account]\nshort = 3", "account.short is 3, expected true or false"),
        ("[account]\ncash = true", "account.cash is true, expected a number > 0"),
        ("[vote]\nquorum = 1.5", "vote.quorum is 1.5, expected a whole number ≥ 1 and ≤ 10"),
        ("[limits]\ngross_frac_max = 'x'", "limits.gross_frac_max is 'x', expected a number > 0 and ≤ 100 or nothing"),
        ("[limits]\ngross_frac_max = []", "limits.gross_frac_max is a list, expected a number"),
        (
            "[sizing]\nmethod = 'kely'",
            """sizing.method is 'kely', expected "fraction", "kelly", "quantity", "volatility\"""",
        ),
        (f"[sizing]\nmethod = '{'k' * 99}'", f"sizing.method is '{'k' * 35} ..., expected"),
        ("account = 5", "account: expected `object`, got `int`"),
        ("x = ", "this is not toml: Invalid value"),
    ],
)
def test_what_does_not_fit_is_one_line(text, said):
    with pytest.raises(DecodeError) as caught:
        codec.decode(Rules, text, "toml")
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_an_invariant_speaks_for_itself():
    with pytest.raises(SettingsError, match=r"^hold_frac 0.9 is above enter_frac 0.6$"):
        codec.decode(Rules, "[vote]\nhold_frac = 0.9", "toml")


def test_the_wrong_type_of_the_whole():
    with pytest.raises(DecodeError, match=r"^Expected `object`, got `array`$"):
        codec.decode(Rules, b"[]")


class Box(msgspec.Struct, forbid_unknown_fields=True):
    rules: list[Rules] | None = None
    by_name: dict[str, Costs] = {}
    name: Symbol = "x"
    words: list[str] = []


@pytest.mark.parametrize(
    "raw", ['{"rules": [{"costs": {"fee_fra": 1}}]}', '{"by_name": {"a": {"fee_fra": 1}}}'], ids=["list", "mapping"]
)
def test_the_key_that_was_meant_is_found_inside_lists_and_mappings(raw):
    with pytest.raises(DecodeError, match="fee_fra, did you mean fee_frac"):
        codec.decode(Box, raw)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ('{"rules": [{}, {"costs": {"fee_frac": 2}}]}', "rules[1].costs.fee_frac is 2, expected a number ≥ 0 and ≤ 1"),
        ('{"rules": [{}, {"costs": {"fee_frac": null}}]}', "rules[1].costs.fee_frac is nothing, expected a number"),
        ('{"by_name": {"a": {"fee_frac": 2}}}', "by_name[...].fee_frac: expected `float` <= 1.0"),
        ('{"name": ""}', "name is '', expected text of at least 1 and at most 32 characters"),
        ('{"words": [1]}', "words[0]: expected `str`, got `int`"),
    ],
)
def test_what_was_found_stands_in_the_line(raw, said):
    with pytest.raises(DecodeError) as caught:
        codec.decode(Box, raw)
    assert str(caught.value).startswith(said)


def test_text_becomes_the_number_it_spells():
    assert codec.convert(Costs, {"fee_frac": "0.25", "slippage": "fixed"}).fee_frac == 0.25
    with pytest.raises(DecodeError, match="fee_frac"):
        codec.convert(Costs, {"fee_frac": "much"})


@pytest.mark.parametrize("act", [lambda: codec.decode(Rules, "a: 1", "yaml"), lambda: codec.encode(RULES, "yaml")])
def test_a_format_whose_package_is_missing_says_what_to_install(act, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    with pytest.raises(DecodeError, match=r"pip install 'tenfold\[yaml\]'"):
        act()


def test_toml_leaves_absent_values_out_of_lists_too():
    assert codec.encode({"a": [{"b": None, "c": 1}]}, "toml").decode().split() == [
        "a",
        "=",
        "[",
        "{",
        "c",
        "=",
        "1",
        "},",
        "]",
    ]


@pytest.mark.parametrize("format", ["json", "msgpack"])
def test_one_decoder_reads_many_values_and_refuses_as_decode_does(format):
    read = codec.decoder(Halt | Timer, format)
    for event in (Timer(ts_ns=1), Halt(ts_ns=2, operator="ann", reason="")):
        assert read(codec.encode(event, format)) == event
    for wrong in (codec.encode({"type": "timer", "ts_ns": "x"}, format), b"\xc1", b""):
        with pytest.raises(DecodeError) as found:
            read(wrong)
        with pytest.raises(DecodeError) as expected:
            codec.decode(Halt | Timer, wrong, format)
        assert str(found.value) == str(expected.value)


def test_what_fits_no_type_and_goes_wrong_further_on_is_refused_as_no_text_of_the_format():
    with pytest.raises(DecodeError, match=r"this is not msgpack: .*trailing"):
        codec.decode(Timer, b"\x80\x00", "msgpack")


@pytest.mark.parametrize(
    ("format", "raw"),
    [
        ("json", b"[" * 100_000),
        ("json", b'{"x":' * 100_000),
        ("msgpack", b"\x91" * 100_000),
        ("toml", b"a=" + b"[" * 5_000),
    ],
)
def test_what_is_nested_without_end_is_no_text_of_the_format(format, raw):
    with pytest.raises(DecodeError, match=f"this is not {format}: .*recursion"):
        codec.decode(dict, raw, format)
