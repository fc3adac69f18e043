import platformdirs
import pytest

from tenfold.app.settings import Settings, described, keys, load_settings, settings_path
from tenfold.domain.errors import SettingsError
from tenfold.risk.limits import PROFILES
from tenfold.simulation import profiles


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def test_without_anything_the_defaults_hold(here):
    assert settings_path({}) is None
    assert load_settings(environment={}) == Settings()


def test_option_beats_environment_beats_file(here):
    (here / "tenfold.toml").write_text("engine = 'event'\n[rules.costs]\nfee_frac = 0.1\nslippage_bps = 1\n")
    environment = {"TENFOLD_RULES__COSTS__FEE_FRAC": "0.2", "TENFOLD_RULES__COSTS__SLIPPAGE_BPS": "2", "OTHER": "x"}
    settings = load_settings({"rules.costs.fee_frac": "0.3"}, environment)
    assert (settings.engine, settings.rules.costs.fee_frac, settings.rules.costs.slippage_bps) == ("event", 0.3, 2.0)


def test_a_named_file_comes_first(here):
    (here / "tenfold.toml").write_text("engine = 'event'")
    (here / "own.toml").write_text("engine = 'compiled'")
    assert load_settings(environment={"TENFOLD_SETTINGS": str(here / "own.toml")}).engine == "compiled"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("engin = 'event'", r"tenfold.toml: unknown key engin, did you mean engine\?"),
        ("[rules.vote]\nhold_frac = 0.9", "tenfold.toml: hold_frac 0.9 is above"),
        ("[capture]\nkeep_mib = 0", "tenfold.toml: .*keep_mib"),
        (
            "[alpaca]\ngateway = 'localhost'",
            "tenfold.toml: alpaca.gateway is 'localhost', expected text, HOST:PORT or nothing$",
        ),
        ("[rules]\nlimits = 3", r"What has settings of its own is a table, under a heading in brackets"),
        (
            "[feeds.sources]\nfeed = 'sip'",
            r"feeds.sources: expected .*two pairs of brackets, e.g. \[\[feeds.sources\]\]",
        ),
        (
            "[alpaca]\nsecret_key = 'AK7'",
            r"unknown key alpaca.secret_key, .* never read from a file .*: set TENFOLD_ALPACA_KEY_ID and",
        ),
        ("[capture]\nkeep_gib = 4", r"tenfold.toml: unknown key capture.keep_gib, did you mean keep_mib\?"),
        ("[rules", "tenfold.toml: this is not toml"),
    ],
)
def test_a_wrong_file_is_named(here, text, said):
    (here / "tenfold.toml").write_text(text)
    with pytest.raises(SettingsError, match=said):
        load_settings(environment={})


def test_a_mark_that_editors_put_before_a_file_is_no_part_of_it(here):
    (here / "tenfold.toml").write_text("venue = 'alpaca'", encoding="utf-8-sig")
    assert load_settings(environment={}).venue == "alpaca"


@pytest.mark.parametrize("name", ["TENFOLD_ALPACA_KEY", "TENFOLD_ALPACA__SECRET_KEY"])
def test_a_variable_of_a_key_that_is_none_names_those_that_are(here, name):
    with pytest.raises(
        SettingsError, match=f"{name} is no setting; set TENFOLD_ALPACA_KEY_ID and TENFOLD_ALPACA_SECRET_KEY"
    ):
        load_settings(environment={name: "x"})


def test_a_key_in_place_of_the_name_of_its_variable_is_not_shown(here):
    said = r"feeds.sources\[0\].secret_key_variable is no name of a variable"
    (here / "tenfold.toml").write_text('[[feeds.sources]]\nfeed = "sip"\nsecret_key_variable = "hush/+hush"')
    with pytest.raises(SettingsError, match=said) as caught:
        load_settings(environment={})
    assert "hush" not in str(caught.value)
    (here / "tenfold.toml").unlink()
    with pytest.raises(SettingsError, match=said) as caught:
        load_settings({"feeds.sources": '[{"secret_key_variable": "hush/+hush"}]'}, {})
    assert "hush" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(here):
    with pytest.raises(SettingsError, match=r"names nothing.toml, which is no file"):
        load_settings(environment={"TENFOLD_SETTINGS": "nothing.toml"})


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.symlink_to("nowhere")])
def test_what_has_the_name_of_the_file_and_is_none_is_not_passed_over(here, make):
    make(here / "tenfold.toml")
    with pytest.raises(SettingsError, match=r"tenfold.toml is no file, expected one with settings"):
        load_settings(environment={})


@pytest.mark.parametrize("port", [0, 65536, 99999])
def test_a_gateway_at_a_port_that_cannot_be_is_refused_as_it_is_read(here, port):
    with pytest.raises(SettingsError, match=rf"alpaca.gateway is localhost:{port}, expected a port from 1 to 65535"):
        load_settings({"alpaca.gateway": f"localhost:{port}"}, {})


def test_wrong_variables_and_options_are_named(here):
    with pytest.raises(SettingsError, match=r"TENFOLD_ENGIN is no setting; did you mean TENFOLD_ENGINE\?"):
        load_settings(environment={"TENFOLD_ENGIN": "event"})
    with pytest.raises(SettingsError, match=r"option rules.account.cash is '-1', expected a number > 0"):
        load_settings({"rules.account.cash": "-1"}, {})
    with pytest.raises(
        SettingsError, match=r"option capture.segment_mib is '1.5', expected a whole number ≥ 1 and ≤ 1024"
    ):
        load_settings({"capture.segment_mib": "1.5"}, {})


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("restricted", "AAPL", "is 'AAPL', expected a list, as JSON where it is no file"),
        ("resume_by", "null", "is 'null', expected a list, as JSON where it is no file"),
        ("cascade", "[0.5, 0.75, 2]", r": rules.limits.cascade\[2\]: expected `float` <= 1.0"),
        ("cascade", "[0.5, 0.75]", r"is '\[0.5, 0.75\]': cascade is \[0.5, 0.75\], expected three fractions"),
    ],
)
def test_a_wrong_list_is_one_line(here, key, text, said):
    with pytest.raises(SettingsError, match=f"^option rules.limits.{key}.*{said}"):
        load_settings({f"rules.limits.{key}": text}, {})
    with pytest.raises(SettingsError, match=f"^TENFOLD_RULES__LIMITS__{key.upper()}.*{said}"):
        load_settings(environment={f"TENFOLD_RULES__LIMITS__{key.upper()}": text})


def test_every_setting_takes_its_own_default_back(here):
    for key, _, default in described():
        text = str(default).lower() if default is None or isinstance(default, bool) else str(default)
        assert load_settings({key: "null" if default is None else text}, {}) == Settings()
    assert len(keys()) > 30


def test_a_profile_takes_the_place_of_the_limits(here):
    assert load_settings({"profile": "live"}, {}).rules_in_force.limits == PROFILES["live"]
    own = load_settings({"rules.limits.gross_frac_max": "0.5"}, {})
    assert own.rules_in_force.limits.gross_frac_max == 0.5


def test_limits_beside_a_profile_are_refused_where_they_would_be_lost(here):
    loose = {"rules.limits.gross_frac_max": "0.5"}
    with pytest.raises(SettingsError, match=r"option rules.limits.gross_frac_max is '0.5', but profile live sets"):
        load_settings({**loose, "profile": "live"}, {})
    with pytest.raises(SettingsError, match=r"TENFOLD_RULES__LIMITS__GROSS_FRAC_MAX is '0.5', but profile live sets"):
        load_settings(environment={"TENFOLD_PROFILE": "live", "TENFOLD_RULES__LIMITS__GROSS_FRAC_MAX": "0.5"})
    later = load_settings({"profile": "live"}, {"TENFOLD_RULES__LIMITS__GROSS_FRAC_MAX": "0.5"})
    assert later.rules_in_force.limits == PROFILES["live"]
    (here / "tenfold.toml").write_text("profile = 'live'\n")
    assert load_settings({**loose, "profile": "null"}, {}).rules_in_force.limits.gross_frac_max == 0.5
    (here / "tenfold.toml").write_text("profile = 'live'\n[rules.limits]\ngross_frac_max = 0.5\n")
    with pytest.raises(SettingsError, match=r"tenfold.toml: profile live takes the place of rules.limits; keep one"):
        load_settings(environment={})


@pytest.mark.parametrize(
    ("key", "text", "company", "chosen"),
    [
        ("rules.sizing.quantity", "5", "rules.sizing.method", "quantity"),
        ("rules.sizing.volatility_annual_frac", "0.2", "rules.sizing.method", "volatility"),
        ("rules.sizing.kelly_frac", "0.2", "rules.sizing.method", "kelly"),
        ("rules.sizing.cap_frac", "2", "rules.sizing.method", "kelly"),
        ("rules.sizing.window", "20", "rules.sizing.method", "volatility"),
        ("rules.costs.impact", "0.2", "rules.costs.slippage", "volume_share"),
        ("rules.entry.offset_frac", "0.01", "rules.entry.order", "limit"),
    ],
)
def test_an_option_without_effect_names_what_it_needs(here, key, text, company, chosen):
    with pytest.raises(SettingsError, match=f"option {key} has no effect here; it needs --set {company}="):
        load_settings({key: text}, {})
    load_settings({key: text, company: chosen}, {})
    load_settings(environment={f"TENFOLD_{key.upper().replace('.', '__')}": text})


def test_the_other_way_round(here):
    for key, text, company, chosen in (
        ("rules.sizing.fraction", "0.5", "rules.sizing.method", "kelly"),
        ("rules.costs.slippage_bps", "2", "rules.costs.slippage", "volume_share"),
    ):
        load_settings({key: text}, {})
        with pytest.raises(SettingsError, match=f"option {key} has no effect here"):
            load_settings({key: text, company: chosen}, {})


def test_the_home_folder(here):
    assert load_settings({"home": "~/x"}, {}).folder.parts[-1] == "x"
    assert load_settings(environment={}).folder.name == "tenfold"


def test_every_venue_can_be_chosen():
    accepts = next(accepts for key, accepts, _ in described() if key == "venue")
    assert sorted(accepts.replace('"', "").split(", ")) == sorted(profiles.PROFILES)


def test_what_is_set_wins_over_the_venue(here):
    (here / "tenfold.toml").write_text(
        "venue = 'lean'\n[rules.matching]\nlimit = 'touch'\n[rules.costs]\nslippage_bps = 2\n"
    )
    rules = load_settings({"rules.costs.fee_minimum": "0"}, {}).rules
    lean = profiles.profile_of("lean")
    assert (rules.matching.limit, rules.matching.entry_bar) == ("touch", "next")
    assert (rules.costs.slippage_bps, rules.costs.fee_minimum, rules.costs.fee_per_share) == (2.0, 0.0, 0.005)
    assert rules.account == lean.account


def test_a_venue_of_the_command_line_takes_the_place_of_the_files(here):
    (here / "tenfold.toml").write_text("venue = 'lean'\n[rules.costs]\nslippage_bps = 2\n")
    settings = load_settings({"venue": "vectorbt"}, {"TENFOLD_VENUE": "alpaca"})
    assert settings.venue == "vectorbt"
    assert settings.rules.matching == profiles.profile_of("vectorbt").matching
    assert (settings.rules.costs.slippage_bps, settings.rules.costs.fee_per_share) == (2.0, 0.0)
    assert load_settings({}, {"TENFOLD_VENUE": "alpaca"}).rules.matching.quote_side
    with pytest.raises(SettingsError, match="option venue is 'leen'"):
        load_settings({"venue": "leen"}, {})


def test_a_process_without_a_home_folder_has_the_settings_at_hand(tmp_path, monkeypatch):
    def homeless(*_):
        raise RuntimeError("could not determine the home directory for '~/.config'")

    monkeypatch.setattr(platformdirs, "user_config_dir", homeless)
    monkeypatch.chdir(tmp_path)
    assert load_settings(environment={"TENFOLD_HOME": str(tmp_path)}).folder == tmp_path
    (tmp_path / "tenfold.toml").write_text('profile = "live"')
    assert load_settings(environment={}).profile == "live"


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("TENFOLD_HOM", "TENFOLD_HOME"),
        ("TENFOLD_ALPACA__ACOUNT", "TENFOLD_ALPACA__ACCOUNT"),
        ("TENFOLD_OPERATOR_KEYS", "TENFOLD_OPERATOR_KEY"),
    ],
)
def test_a_variable_that_is_misspelt_is_told_as_one(variable, meant):
    with pytest.raises(SettingsError, match=f"{variable} is no setting; did you mean {meant}"):
        load_settings(environment={variable: "x"})
