"""Settings of the exchange come from a file, faults from four places, single options win."""

import pytest

from tenfold.app.exchange_settings import exchange_settings
from tenfold.domain.errors import ParameterError, SettingsError
from tenfold.domain.units import NS_PER_DAY, date_ns
from tenfold.exchange.chaos import draw_faults
from tenfold.exchange.faults import Switch
from tenfold.exchange.settings import ExchangeSettings


def test_nothing_given_is_the_default():
    assert exchange_settings() == ExchangeSettings()


def test_options_win_over_the_file(tmp_path):
    path = tmp_path / "exchange.toml"
    path.write_text(
        'speed = "60x"\nsymbols = ["AAPL"]\n[server]\nport = 1\nbody_bytes_max = 77\n'
        '[[trading.accounts]]\nname = "one"\nkey = "K"\nsecret = "S"\n'
    )
    found = exchange_settings(file=path, speed="max", port=0, cash=5.0, seed=3, lockstep=True)
    assert (found.speed, found.symbols, found.seed, found.lockstep) == ("max", ("AAPL",), 3, True)
    assert (found.server.port, found.server.body_bytes_max) == (0, 77)
    assert (found.trading.accounts[0].name, found.trading.accounts[0].cash) == ("one", 5.0)
    assert found.account_of("K", "S") == "one"


def test_yaml_is_read_too(tmp_path):
    path = tmp_path / "exchange.yaml"
    path.write_text("seed: 9\ntrading: {multiplier: 2}\n")
    assert exchange_settings(file=path).trading.multiplier == 2


def test_days_and_moments(tmp_path):
    from datetime import date

    found = exchange_settings(start="2024-03-04", end=date(2024, 3, 5))
    assert found.start_ns == date_ns(date(2024, 3, 4))
    assert found.end_ns == date_ns(date(2024, 3, 5)) + NS_PER_DAY


def test_the_more_exact_fault_wins(tmp_path):
    path = tmp_path / "faults.yaml"
    path.write_text("halt: 0.5\nlost_event: 0.25\n")
    found = exchange_settings(faults_file=path, faults=["halt=0.125"], chaos=7)
    assert found.faults["halt"] == Switch(rate=0.125)
    assert found.faults["lost_event"] == Switch(rate=0.25)
    others = {name: switch for name, switch in draw_faults(7).items() if name not in {"halt", "lost_event"}}
    assert {name: found.faults[name] for name in others} == others


def test_faults_are_given_by_name_too():
    found = exchange_settings(faults={"halt": 0.5, "restart": Switch(limit=1)})
    assert found.faults == {"halt": Switch(rate=0.5), "restart": Switch(limit=1)}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"speed": "fast"}, "speed"),
        ({"speed": "0x"}, "the speed is '0x', expected max or a factor"),
        ({"port": 70_000}, "server.port is 70000"),
        ({"cash": -1.0}, "cash"),
        ({"start": "2024-03-05", "end": "2024-03-04"}, "starts at its end"),
        ({"symbols": ["A" * 80]}, "symbols"),
        ({"faults": ["hallt"]}, "did you mean halt?"),
        ({"faults": {"hallt": 1.0}}, "did you mean halt?"),
        ({"file": "/nowhere/exchange.toml"}, "cannot be read"),
    ],
)
def test_nonsense_is_one_line(given, said):
    with pytest.raises(SettingsError) as refused:
        exchange_settings(**given)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_broken_file_names_itself_and_the_place(tmp_path):
    path = tmp_path / "exchange.yaml"
    path.write_text("sever: {port: 1}\n")
    with pytest.raises(SettingsError, match=r"exchange\.yaml: unknown key sever, did you mean server\?"):
        exchange_settings(file=path)


def test_a_date_that_is_none_is_told():
    with pytest.raises(ParameterError, match="is not understood"):
        exchange_settings(start="yesterday")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.yaml", "", "expected settings, e.g. a line speed: 60x"),
        ("a.toml", 'symbols = "AAPL"', r'expected a list, e.g. symbols = \["AAPL"\]'),
        ("a.toml", '[trading.accounts]\nname = "a"', "over each account"),
        ("a.toml", "faults = {lost_event = 0.2}", r"faults.lost_event = \{rate = 0.05\}"),
    ],
)
def test_what_is_of_another_kind_is_told_with_what_to_write(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    with pytest.raises(SettingsError, match=said):
        exchange_settings(file=tmp_path / name)
