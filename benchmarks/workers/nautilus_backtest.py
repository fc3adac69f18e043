"""Backtest one crossing with NautilusTrader: low-level engine, external bars, its own indicators, no logging, no risk engine.

Only the run is timed, not reading, wrangling or adding data. It fills at the close of the bar just seen, so its trades differ
from those of an engine that waits for the next open.
"""

import market
import pandas as pd
import task
from nautilus_pair import BAR_TYPE, PAIR, VENUE
from nautilus_trader.backtest.config import BacktestEngineConfig
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.config import LoggingConfig, RiskEngineConfig
from nautilus_trader.indicators import SimpleMovingAverage
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.objects import Money, Quantity
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.trading.strategy import Strategy


class Crossing(Strategy):
    def __init__(self, fast: int, slow: int) -> None:
        super().__init__()
        self.quick, self.steady = SimpleMovingAverage(fast), SimpleMovingAverage(slow)
        self.held, self.fills = False, 0
        self.quantity = Quantity.from_str("10.000")

    def on_start(self) -> None:
        self.register_indicator_for_bars(BAR_TYPE, self.quick)
        self.register_indicator_for_bars(BAR_TYPE, self.steady)
        self.subscribe_bars(BAR_TYPE)

    def on_bar(self, bar: object) -> None:
        if not self.steady.initialized:
            return
        above = self.quick.value > self.steady.value
        if above != self.held:
            side = OrderSide.BUY if above else OrderSide.SELL
            self.submit_order(self.order_factory.market(PAIR.id, side, self.quantity))
            self.held = above

    def on_order_filled(self, event: object) -> None:
        self.fills += 1


def main() -> None:
    job = task.read()
    bars = market.load(job["market"])
    stamps = pd.date_range("2005-01-01", periods=len(bars["close"]), freq="min", tz="UTC")
    quiet = BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True), risk_engine=RiskEngineConfig(bypass=True))
    engine = BacktestEngine(config=quiet)
    engine.add_venue(
        venue=VENUE, oms_type=OmsType.NETTING, account_type=AccountType.MARGIN, base_currency=None,
        starting_balances=[Money(1_000_000, USDT)],
    )  # fmt: skip
    engine.add_instrument(PAIR)
    engine.add_data(BarDataWrangler(BAR_TYPE, PAIR).process(pd.DataFrame(bars, index=stamps)))
    strategy = Crossing(**job["params"])
    engine.add_strategy(strategy)
    times, _ = task.timed(engine.run)  # an engine runs once
    balance = engine.cache.accounts()[0].balance_total(USDT)
    task.answer(**times, final_equity=float(balance.as_double()), fills=strategy.fills)


main()
