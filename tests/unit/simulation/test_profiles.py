"""Every profile of a venue says where its values come from, and explicit sections win over it."""

import pytest

from tenfold.domain.errors import SettingsError
from tenfold.domain.rules import Account, Matching, Rules
from tenfold.simulation.profiles import PROFILES, SOURCES, differences, profile_of


@pytest.mark.parametrize("name", PROFILES)
def test_each_difference_from_generic_has_a_source(name):
    assert [source.setting for source in SOURCES[name]] == list(differences(name))
    assert {source.how for source in SOURCES[name]} <= {"documented", "measured"}


def test_generic_is_the_default():
    assert profile_of("generic") == Rules()
    assert differences("generic") == {}


def test_a_given_section_takes_the_place_of_the_profiles():
    rules = profile_of("lean", account=Account(cash=5_000.0))
    assert rules.account == Account(cash=5_000.0)
    assert rules.matching == profile_of("lean").matching != Matching()


def test_wrong_names_end_in_one_line():
    with pytest.raises(SettingsError, match=r"there is no venue leen; did you mean lean\?"):
        profile_of("leen")
    with pytest.raises(SettingsError, match=r"there is no section accounts; did you mean account\?"):
        profile_of("lean", accounts=Account())
