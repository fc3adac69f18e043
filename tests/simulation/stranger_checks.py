"""Say what an engine has to reserve beside its own orders at the venue: others' orders, and what of an order that closes is held back."""


def check_strangers(core, votes, fail):
    """I8: compare what the engine takes for possible with the position and every order of others that is known to work."""
    engine = core.engine
    for tracked in core.blotter.working():
        left = tracked.order.qty - tracked.filled
        if not tracked.external or not tracked.working or left <= 0:
            continue
        symbol, sign = tracked.order.symbol, tracked.order.side.sign
        held = engine.ledger.position(symbol).lots
        most, least = engine.trader.worst(symbol) if votes is None else votes.worst(engine, symbol)
        if (sign > 0 and most < held + left) or (sign < 0 and least > held - left):
            fail(
                f"I8: {left} lots of another's order {tracked.order.order_id} are not reserved: {least}..{most} beside {held}"
            )


def held_back(blotter, books):
    """Return the symbols of which an order that closes stands for less than it is: it is kept to what is held, and grows with that; or it sleeps until its entry is whole, or waits for that."""
    allotment = blotter.register.allotment
    closing = {
        one.order.symbol
        for one in blotter.working()
        if one.closes and allotment.wanted(one) < one.order.qty - one.filled
    }
    waiting = {
        one.order.symbol
        for one in blotter.working()
        if allotment._families.entry_works(one) and sum(map(allotment.left, one.live)) < allotment.wanted(one)
    }
    return (
        closing
        | waiting
        | {
            one.symbol
            for one in books.open.values()
            if one.status == "held" and one.parent is not None and one.parent.live
        }
    )
