"""Hold an engine to what others' orders may yet fill in the account: what is known of them is reserved, in lawless worlds too."""


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
