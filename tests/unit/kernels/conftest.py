"""Let a test run on both paths."""

import pytest


@pytest.fixture(params=["compiled", "event"])
def engine(request):
    return request.param
