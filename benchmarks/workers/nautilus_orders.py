"""Work the same limit orders with NautilusTrader: low-level engine, no logging, no risk engine; only the run is timed."""

import flow
import market
import pandas as pd
import task
from nautilus_pair import BAR_TYPE, PAIR, VENUE
from nautilus_trader.backtest.config import BacktestEngineConfig
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.config import LoggingConfig, RiskEngineConfig
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.trading.strategy import Strategy


class Working(Strategy):
    def __init__(self) -> None:
        super().__init__()
        self.fresh: list = []
        self.moved: list = []
        self.counts = {"orders": 0, "replaces": 0, "cancels": 0, "fills": 0}
        self.one = Quantity.from_str("1.000")

    def on_start(self) -> None:
        self.subscribe_bars(BAR_TYPE)

    def on_bar(self, bar: object) -> None:
        levels = flow.levels(bar.close.as_double())
        for order in self.moved:
            if order.is_open:
                self.cancel_order(order)
                self.counts["cancels"] += 1
        left = [(order, price) for order, (_, price) in zip(self.fresh, levels, strict=False) if order.is_open]
        for order, price in left:
            self.modify_order(order, price=Price(price, 4))
        self.counts["replaces"] += len(left)
        self.moved = [order for order, _ in left]
        self.fresh = []
        for side, price in levels:
            order = self.order_factory.limit(
                PAIR.id, OrderSide.BUY if side > 0 else OrderSide.SELL, self.one, Price(price, 4)
            )
            self.submit_order(order)
            self.fresh.append(order)
        self.counts["orders"] += len(levels)

    def on_order_filled(self, event: object) -> None:
        self.counts["fills"] += 1


def main() -> None:
    job = task.read()
    bars = {name: values[: job["bars"]] for name, values in market.load(job["market"]).items()}
    stamps = pd.date_range("2005-01-01", periods=len(bars["close"]), freq="min", tz="UTC")
    quiet = BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True), risk_engine=RiskEngineConfig(bypass=True))
    engine = BacktestEngine(config=quiet)
    engine.add_venue(
        venue=VENUE, oms_type=OmsType.NETTING, account_type=AccountType.MARGIN, base_currency=None,
        starting_balances=[Money(1_000_000, USDT)],
    )  # fmt: skip
    engine.add_instrument(PAIR)
    engine.add_data(BarDataWrangler(BAR_TYPE, PAIR).process(pd.DataFrame(bars, index=stamps)))
    strategy = Working()
    engine.add_strategy(strategy)
    times, _ = task.timed(engine.run)  # an engine runs once
    balance = engine.cache.accounts()[0].balance_total(USDT)
    task.answer(**times, **strategy.counts, final_equity=float(balance.as_double()))


main()
