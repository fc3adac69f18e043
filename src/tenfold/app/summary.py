"""Summarise a run: every metric of `metrics.definitions`, in its order."""

import json
import math
from html import escape
from typing import Any

from tenfold.app.analysis import Analysis
from tenfold.app.formatting import formatted
from tenfold.domain.units import NS_PER_DAY, format_ns
from tenfold.metrics import drawdown, performance, risk
from tenfold.metrics.benchmark import compare
from tenfold.metrics.definitions import GROUPS, METRICS
from tenfold.metrics.significance import minimum_track_record, probabilistic_sharpe

Value = float | int | str | None


class Summary(dict[str, Value]):
    """Map each metric's key to its value, in order; None is undefined. Prints as a table, and `json.dumps` takes it."""

    def __repr__(self) -> str:
        width = max((len(metric.label) for metric in METRICS.values()), default=0)
        lines: list[str] = []
        for group, metrics in GROUPS.items():
            lines += ["", group] if lines else [group]
            lines += [f"  {m.label:<{width}}  {self.text(m.key):>20}" for m in metrics if m.key in self]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><th colspan=2 style='text-align:left'>{escape(group)}</th></tr>"
            + "".join(
                f"<tr title='{escape(m.definition)}'><td style='text-align:left'>{escape(m.label)}</td><td>{escape(self.text(m.key))}</td></tr>"
                for m in metrics
                if m.key in self
            )
            for group, metrics in GROUPS.items()
        )
        return f"<table>{cells}</table>"

    def text(self, key: str) -> str:
        """Return a value as people read it."""
        return formatted(self[key], METRICS[key].form)

    def to_json(self) -> str:
        """Return the metrics as a JSON object; undefined ones are null."""
        return json.dumps(self, indent=2, allow_nan=False)


def summarise(analysis: Analysis) -> Summary:
    """Return every metric of a run."""
    values = {
        **_of_run(analysis),
        **_of_returns(analysis),
        **_of_trials(analysis),
        **_of_trading(analysis),
        **_of_costs(analysis),
        **_of_benchmark(analysis),
        **_of_vote(analysis),
    }
    return Summary((key, _clean(values[key])) for key in METRICS)


def _of_run(analysis: Analysis) -> dict[str, Any]:
    run = analysis.run
    first, last = int(run.bars.ts_ns[0]), int(run.bars.ts_ns[-1])
    return {
        "start": format_ns(first, run.bars.period_ns),
        "end": format_ns(last, run.bars.period_ns),
        "bars": len(run.bars),
        "years": (last - first) / (365.25 * NS_PER_DAY),
        "periods_per_year": analysis.periods,
        "symbols": len(run.bars.symbols),
        "members": len(run.members),
        "currency": run.bars.currency,
        "engine": run.engine,
        "synthetic": "yes" if analysis.synthetic else "no",
    }


def _of_returns(analysis: Analysis) -> dict[str, Any]:
    run, r, periods = analysis.run, analysis.returns, analysis.periods
    total = performance.total_return(r)
    years = _of_run(analysis)["years"]
    skew, kurtosis = performance.skewness(r), performance.kurtosis(r)
    sharpe = performance.sharpe_ratio(r, periods)
    per_bar = sharpe / math.sqrt(periods)
    moments = {"skew": skew, "kurtosis": kurtosis}
    return {
        "starting_cash": run.rules.account.cash,
        "final_equity": float(run.equity[-1]),
        "pnl": (int(run.equity_units[-1]) - round(run.rules.account.cash * run.money)) / run.money,
        "total_return": total,
        "annual_return": performance.annual_return(r, periods),
        "cagr": performance.cagr(total, years),
        "best_bar": performance.best(r),
        "worst_bar": performance.worst(r),
        "annual_volatility": performance.annual_volatility(r, periods),
        "downside_deviation": performance.downside_deviation(r, periods),
        "max_drawdown": drawdown.max_drawdown(r),
        "under_water_bars": drawdown.longest_under_water(r),
        "ulcer_index": drawdown.ulcer_index(r),
        "value_at_risk_95": risk.value_at_risk(r, 0.05),
        "expected_shortfall_95": risk.expected_shortfall(r, 0.05),
        "value_at_risk_99": risk.value_at_risk(r, 0.01),
        "expected_shortfall_99": risk.expected_shortfall(r, 0.01),
        "skewness": skew,
        "kurtosis": kurtosis,
        "tail_ratio": performance.tail_ratio(r),
        "sharpe_ratio": sharpe,
        "sortino_ratio": performance.sortino_ratio(r, periods),
        "calmar_ratio": drawdown.calmar_ratio(r, periods),
        "omega_ratio": performance.omega_ratio(r),
        "probabilistic_sharpe": probabilistic_sharpe(per_bar, len(r), **moments),
        "minimum_track_record_years": minimum_track_record(per_bar, **moments) / periods,
    }


def _of_trials(analysis: Analysis) -> dict[str, Any]:
    odds = analysis.odds
    return {
        "trials": odds.trials,
        "effective_trials": odds.effective,
        "luck_sharpe_ratio": odds.luck_sharpe,
        "deflated_sharpe": odds.deflated_sharpe,
    }


def _of_trading(analysis: Analysis) -> dict[str, Any]:
    run, trips = analysis.run, analysis.trade_statistics
    invested, gross = performance.exposure(run.gross_units / run.money, run.equity)
    traded = float(analysis.by_symbol.notional_units.sum()) / run.money
    return {
        "exposure": invested,
        "gross_exposure": gross,
        "annual_turnover": performance.annual_turnover(traded, run.equity, analysis.periods),
        "fills": len(run.fills),
        "trades": trips.closed,
        "open_trades": trips.open,
        "hit_rate": trips.hit_rate,
        "payoff_ratio": trips.payoff_ratio,
        "profit_factor": trips.profit_factor,
        "expectancy": trips.expectancy_units / run.money,
        "best_trade": trips.best_units / run.money,
        "worst_trade": trips.worst_units / run.money,
        "holding_bars_mean": trips.holding_bars_mean,
        "holding_bars_median": trips.holding_bars_median,
        "winning_streak": trips.winning_streak,
        "losing_streak": trips.losing_streak,
    }


def _of_costs(analysis: Analysis) -> dict[str, Any]:
    run = analysis.run
    fees = int(run.fills["fee_units"].sum()) / run.money
    slippage = int(run.fills["slippage_units"].sum()) / run.money
    borrow = run.borrow_units / run.money
    drag = performance.annual_turnover(fees + slippage + borrow, run.equity, analysis.periods)
    return {
        "fees": fees,
        "slippage": slippage,
        "borrow": borrow,
        "dividends": run.dividend_units / run.money,
        "cost_drag": drag,
    }


def _of_benchmark(analysis: Analysis) -> dict[str, Any]:
    b, periods = analysis.benchmark, analysis.periods
    comparison = compare(analysis.returns, b, periods)
    return {
        "benchmark_total_return": performance.total_return(b),
        "benchmark_annual_return": performance.annual_return(b, periods),
        "benchmark_volatility": performance.annual_volatility(b, periods),
        "benchmark_sharpe_ratio": performance.sharpe_ratio(b, periods),
        "benchmark_max_drawdown": drawdown.max_drawdown(b),
        **vars(comparison),
    }


def _of_vote(analysis: Analysis) -> dict[str, Any]:
    run = analysis.run
    return {
        "voting": float((run.direction != 0).mean()),
        "limit_bindings": sum(run.bindings.values()),
        "breaker_trips": len(run.trips),
        "failures": sum(run.failures.values()),
    }


def _clean(value: Any) -> Value:
    """Return a value that JSON can hold; None for what is not finite."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value  # type: ignore[no-any-return]
