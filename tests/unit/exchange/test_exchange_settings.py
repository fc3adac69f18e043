"""The settings of the exchange are checked as they are made, and each is explained."""

import math

import msgspec
import pytest

from tenfold import codec
from tenfold.domain.errors import DecodeError
from tenfold.exchange.settings import (
    KEY,
    SECRET,
    AccountSettings,
    ExchangeSettings,
    ServerSettings,
    TradingSettings,
)


@pytest.mark.parametrize("kind", [AccountSettings, TradingSettings, ServerSettings, ExchangeSettings])
def test_every_setting_is_explained(kind):
    for name in kind.__struct_fields__:
        lines = kind.__doc__.split("Parameters", 1)[1].splitlines()
        assert any(name in line.partition(" : ")[0].replace(",", " ").split() for line in lines), name


@pytest.mark.parametrize(("speed", "factor"), [("1x", 1.0), ("60x", 60.0), ("0.5x", 0.5), ("max", math.inf)])
def test_speed_is_a_factor(speed, factor):
    assert ExchangeSettings(speed=speed).speed_factor == factor


@pytest.mark.parametrize("text", ['{"speed": "fast"}', '{"speed": "0x"}', '{"start_ns": 5, "end_ns": 5}'])
def test_nonsense_is_refused(text):
    with pytest.raises(DecodeError):
        codec.decode(ExchangeSettings, text)


def test_a_pair_opens_its_account():
    assert ExchangeSettings().account_of(KEY, SECRET) == "tenfold"
    assert ExchangeSettings().account_of(KEY, "wrong") is None


@pytest.mark.parametrize("twice", [{"name": "a"}, {"key": "K"}])
def test_two_accounts_differ(twice):
    one = AccountSettings(name="a", key="K")
    other = msgspec.structs.replace(AccountSettings(name="b", key="L"), **twice)
    with pytest.raises(ValueError, match="two accounts"):
        TradingSettings(accounts=(one, other))
