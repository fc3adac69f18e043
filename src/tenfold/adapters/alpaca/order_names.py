"""Ask an account by which names its newest orders were sent."""

import random
from typing import Final

import msgspec

from tenfold.adapters.alpaca.addresses import addresses_of
from tenfold.adapters.alpaca.rest_client import RestClient
from tenfold.domain.keys import Keys
from tenfold.domain.venue_access import VenueAccess
from tenfold.ports import Clock

ORDERS_A_PAGE: Final = 500


class _NamedBody(msgspec.Struct, frozen=True, gc=False):
    """Hold what of an order is needed here."""

    client_order_id: str = ""


async def newest_order_names(access: VenueAccess, keys: Keys, clock: Clock) -> tuple[str, ...]:
    """Return the client order ids of the newest orders, of whatever state; errors as of any question to the venue."""
    rest = RestClient(addresses_of(access).trading, keys, clock, random.Random(), asks_only=True)  # noqa: S311 -- of pauses between tries
    try:
        found = await rest.read("/v2/orders", list[_NamedBody], status="all", limit=ORDERS_A_PAGE, direction="desc")
    finally:
        rest.close()
    return tuple([one.client_order_id for one in found])
