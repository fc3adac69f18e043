"""A key may ask so often in a minute."""

from tenfold.exchange.server.rate_limit import RateLimit

NS = 1_700_000_000_500_000_000


def test_a_minute_begins_with_its_first_request():
    limit = RateLimit(2)
    assert limit.ask("K", 5.0) == (2, 1, 60.0, True)
    assert limit.ask("K", 25.0) == (2, 0, 40.0, True)
    refused = limit.ask("K", 64.0)
    assert (refused.allowed, refused.remaining, refused.reset_s) == (False, 0, 1.0)
    assert refused.headers(NS) == {
        "X-RateLimit-Limit": "2", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700000001",
    }  # fmt: skip
    assert limit.ask("other", 64.0).remaining == 1
    assert limit.ask("K", 65.0).remaining == 1


def test_no_limit_and_no_headers():
    limit = RateLimit(0)
    assert all(limit.ask("K", 0.0).allowed for _ in range(1_000))
    assert limit.ask("K", 0.0).headers(NS) == {}


def test_made_up_keys_take_no_memory():
    limit = RateLimit(5)
    for number in range(5_000):
        limit.ask(f"K{number}", number / 100.0)
    assert len(limit._windows) <= 1_000
    for number in range(2_000):
        limit.ask(f"L{number}", 1_000.0 + number)
    assert len(limit._windows) <= 1_000
