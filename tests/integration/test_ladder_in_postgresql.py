"""The ladder stands in PostgreSQL as it does in a file."""

from ladder_scenes import ensemble_file
from tenfold.app.ladder import ladder, promote
from tenfold.app.ladder_records import read_records


def test_a_strategy_climbs_in_postgresql(postgres, tmp_path):
    ensemble = str(ensemble_file(tmp_path / "ensemble.toml"))
    before = len(read_records(postgres))
    assert promote(ensemble, "paper", journal=postgres, operator="ann").stage == "paper"
    assert len(read_records(postgres)) == before + 3
    assert ladder(ensemble, postgres).stage == "paper"
