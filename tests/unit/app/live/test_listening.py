"""What who listens to a venue knows beforehand."""

from datetime import date

from tenfold.app.live.listening import sessions_around
from tenfold.domain.units import NS_PER_DAY, date_ns


def test_who_listens_for_a_year_knows_its_sessions():
    now_ns = date_ns(date(2026, 3, 2)) + NS_PER_DAY // 2
    sessions = sessions_around("XNYS", now_ns)
    assert sessions[0].close_ns < now_ns
    assert sessions[-1].close_ns > now_ns + 360 * NS_PER_DAY
