"""Live orders are found by what they wait for, in the order of their arrival, whatever happens to them."""

import random
from typing import get_args

from msgspec.structs import replace

from tenfold.exchange.matching.live import Live, State
from tenfold.exchange.matching.lives import Lives
from tenfold.exchange.orders_to_match import Ticket

STATES = [state for state in get_args(State) if state != "done"]


def arrived(number, group=""):
    ticket = Ticket(
        order_id=f"o{number}", owner="me", symbol="A", side=1, kind="limit", tif="day", qty=1, ts_ns=0, group=group
    )
    return Live(ticket, number, 1, 1)


def test_orders_at_random_against_a_list():
    chance, lives, held = random.Random(3), Lives(), []  # noqa: S311 -- reproducible, not secret
    for number in range(600):
        draw = chance.random()
        if draw < 0.5 or not held:
            held.append(arrived(number, chance.choice(["", "g", "h"])))
            lives.add(held[-1])
        elif draw < 0.7:
            lives.turn(chance.choice(held), chance.choice(STATES))
        elif draw < 0.85:
            one = chance.choice(held)
            old = one.ticket.order_id
            lives.rename(one, replace(one.ticket, order_id=f"{old}+"))
            assert old not in lives
        else:
            gone = held.pop(chance.randrange(len(held)))
            lives.remove(gone)
            lives.remove(gone)
            assert gone.state == "done"
        assert list(lives) == held
        for one in held:
            assert lives[one.ticket.order_id] is lives.by_number[one.number] is one
            beside = [other for other in held if other.ticket.group == one.ticket.group and other is not one]
            assert lives.beside(one) == (beside if one.ticket.group else [])
        for states in (("stop",), ("resting", "taking"), tuple(STATES)):
            assert lives.of(*states) == [one for one in held if one.state in states]
            assert lives.any_of(*states) == any(one.state in states for one in held)
