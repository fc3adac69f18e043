"""Name every metric of a summary with its unit and its definition: the one table that report and reference show."""

from typing import Final, Literal, NamedTuple

Form = Literal["percent", "ratio", "count", "money", "text", "decimal", "probability"]


class Metric(NamedTuple):
    """Describe one metric; `form` says how its value reads, fractions are "percent" or "probability"."""

    key: str
    label: str
    form: Form
    definition: str


GROUPS: Final[dict[str, tuple[Metric, ...]]] = {
    "Run": (
        Metric("start", "From", "text", "Close of the first bar, UTC."),
        Metric("end", "To", "text", "Close of the last bar, UTC."),
        Metric("bars", "Bars", "count", "Number of bars T; the return of bar 1 is against the starting cash."),
        Metric("years", "Years", "decimal", "Time from the first to the last close over 365.25 days."),
        Metric(
            "periods_per_year",
            "Bars a year",
            "decimal",
            "A, by which everything here is annualised: as observed; 252 for daily bars of business days, 365 of all days.",
        ),
        Metric("symbols", "Symbols", "count", "Number of symbols traded."),
        Metric("members", "Strategies", "count", "Number of strategies that voted."),
        Metric("currency", "Currency", "text", "Currency of all amounts."),
        Metric("engine", "Engine", "text", "Path that ran: compiled or event; both give identical fills."),
        Metric(
            "synthetic",
            "Synthetic data",
            "text",
            "Yes where the market was simulated: then nothing here was ever earned.",
        ),
    ),
    "Return": (
        Metric("starting_cash", "Starting cash", "money", "Cash before the first bar."),
        Metric("final_equity", "Final equity", "money", "Cash plus market value of positions at the last close."),
        Metric("pnl", "P&L", "money", "Final equity less starting cash, after all costs."),
        Metric("total_return", "Total return", "percent", "prod(1 + r) - 1 over all bars."),
        Metric("annual_return", "Annual return", "percent", "(1 + total)^(A / T) - 1: geometric, by counting bars."),
        Metric("cagr", "CAGR", "percent", "(1 + total)^(1 / years) - 1: geometric, by the calendar."),
        Metric("best_bar", "Best bar", "percent", "Largest return of one bar."),
        Metric("worst_bar", "Worst bar", "percent", "Smallest return of one bar."),
    ),
    "Risk": (
        Metric("annual_volatility", "Volatility", "percent", "Sample standard deviation of r (n - 1) times sqrt(A)."),
        Metric(
            "downside_deviation", "Downside deviation", "percent", "sqrt(mean(min(r, 0)^2)) sqrt(A), over all bars."
        ),
        Metric(
            "max_drawdown",
            "Worst drawdown",
            "percent",
            "Least of wealth over its highest so far, less 1; the start counts as a peak.",
        ),
        Metric("under_water_bars", "Longest under water", "count", "Most bars in a row below an earlier peak."),
        Metric("ulcer_index", "Ulcer index", "percent", "Root mean square of the drawdown at each bar."),
        Metric(
            "value_at_risk_95",
            "VaR 95 %, one bar",
            "percent",
            "Historical: the loss exceeded in at most 5 % of bars; positive is a loss.",
        ),
        Metric(
            "expected_shortfall_95",
            "ES 95 %, one bar",
            "percent",
            "Mean loss of exactly the worst 5 % of bars, the last of them in part (Acerbi, Tasche); positive is a loss.",
        ),
        Metric("value_at_risk_99", "VaR 99 %, one bar", "percent", "The same for 1 %."),
        Metric("expected_shortfall_99", "ES 99 %, one bar", "percent", "The same for 1 %."),
        Metric("skewness", "Skewness", "decimal", "m3 / m2^1.5, population moments."),
        Metric("kurtosis", "Kurtosis", "decimal", "m4 / m2^2, population moments; not excess: 3 is normal."),
        Metric("tail_ratio", "Tail ratio", "ratio", "|95 % quantile of r| over |5 % quantile|."),
    ),
    "Reward for risk": (
        Metric(
            "sharpe_ratio",
            "Sharpe ratio",
            "ratio",
            "mean(r) / sample deviation(r) times sqrt(A); the risk-free rate is 0.",
        ),
        Metric("sortino_ratio", "Sortino ratio", "ratio", "A mean(r) over the downside deviation."),
        Metric("calmar_ratio", "Calmar ratio", "ratio", "Annual return over |maximum drawdown|, whole history."),
        Metric("omega_ratio", "Omega ratio", "ratio", "Sum of positive r over sum of |negative r|."),
        Metric(
            "probabilistic_sharpe",
            "PSR(0)",
            "probability",
            "Probability that the true Sharpe ratio is above 0 if this were the only trial: Phi[SR sqrt(n - 1) / sqrt(1 - g3 SR + (g4 - 1)/4 SR^2)], SR per bar.",
        ),
        Metric(
            "minimum_track_record_years",
            "Minimum track record, yr",
            "decimal",
            "Years before PSR(0) reaches 95 %: [1 + (1 - g3 SR + (g4 - 1)/4 SR^2)(1.645 / SR)^2] / A; none where SR <= 0.",
        ),
    ),
    "Odds": (
        Metric(
            "trials",
            "Trials so far",
            "count",
            "Different evaluations ever made on these symbols over overlapping periods, whichever command or notebook made them.",
        ),
        Metric(
            "effective_trials",
            "Independent trials",
            "count",
            "N: how many independent ones they amount to, by the clusters of their returns.",
        ),
        Metric(
            "luck_sharpe_ratio",
            "Sharpe ratio of luck",
            "ratio",
            "What the best of N worthless trials is expected to show: sqrt(V A) E_max(N), V the variance of the clusters' Sharpe ratios per bar, at least 1/T and at most 2/T.",
        ),
        Metric(
            "deflated_sharpe",
            "DSR",
            "probability",
            "Deflated Sharpe ratio: the probability that the true Sharpe ratio is above 0 given that this is the best of N trials; PSR at sqrt(V) E_max(N).",
        ),
    ),
    "Trading": (
        Metric("exposure", "Time in the market", "percent", "Share of bars with a position at the close."),
        Metric("gross_exposure", "Mean gross exposure", "percent", "Mean of gross exposure over equity at the closes."),
        Metric(
            "annual_turnover", "Turnover a year", "ratio", "Notional bought plus sold over mean equity and T / A years."
        ),
        Metric("fills", "Fills", "count", "Number of fills."),
        Metric("trades", "Round trips", "count", "Closed round trips, from flat to flat or through zero."),
        Metric(
            "open_trades",
            "Open round trips",
            "count",
            "Round trips still open at the end; left out of the figures below.",
        ),
        Metric("hit_rate", "Hit rate", "percent", "Closed trips with a P&L net of fees above 0, over all closed."),
        Metric("payoff_ratio", "Payoff ratio", "ratio", "Mean gain of the won over mean loss of the lost."),
        Metric("profit_factor", "Profit factor", "ratio", "Sum of gains over sum of losses of closed trips."),
        Metric("expectancy", "Expectancy", "money", "Mean P&L net of fees of a closed trip."),
        Metric("best_trade", "Best trip", "money", "Largest P&L net of fees of a closed trip."),
        Metric("worst_trade", "Worst trip", "money", "Smallest P&L net of fees of a closed trip."),
        Metric("holding_bars_mean", "Mean holding time, bars", "decimal", "Mean number of bars from entry to exit."),
        Metric(
            "holding_bars_median", "Median holding time, bars", "decimal", "Median number of bars from entry to exit."
        ),
        Metric("winning_streak", "Longest winning streak", "count", "Most won trips in a row, by exit."),
        Metric("losing_streak", "Longest losing streak", "count", "Most lost trips in a row, by exit."),
    ),
    "Costs": (
        Metric("fees", "Fees", "money", "Fees paid on all fills."),
        Metric(
            "slippage",
            "Slippage",
            "money",
            "Cost of fill prices against the unslipped ones; part of the prices already.",
        ),
        Metric("borrow", "Borrow", "money", "Paid for borrowing what was sold short."),
        Metric("dividends", "Dividends", "money", "Received on long positions less paid on short ones."),
        Metric("cost_drag", "Cost a year", "percent", "Fees, slippage and borrow over mean equity and T / A years."),
    ),
    "Benchmark": (
        Metric(
            "benchmark_total_return",
            "Its total return",
            "percent",
            "Buy and hold of equal amounts of each symbol at its first close, without costs.",
        ),
        Metric(
            "benchmark_annual_return",
            "Its annual return",
            "percent",
            "As the annual return above; its volatility is not matched to the strategy's.",
        ),
        Metric("benchmark_volatility", "Its volatility", "percent", "As the volatility above."),
        Metric("benchmark_sharpe_ratio", "Its Sharpe ratio", "ratio", "As the Sharpe ratio above."),
        Metric("benchmark_max_drawdown", "Its worst drawdown", "percent", "As the maximum drawdown above."),
        Metric("alpha", "Alpha", "percent", "(1 + mean(r - beta b))^A - 1, b the benchmark's return."),
        Metric("beta", "Beta", "ratio", "cov(r, b) / var(b)."),
        Metric("correlation", "Correlation", "decimal", "Pearson correlation of r and b."),
        Metric("tracking_error", "Tracking error", "percent", "Sample standard deviation of r - b times sqrt(A)."),
        Metric("information_ratio", "Information ratio", "ratio", "A mean(r - b) over the tracking error."),
        Metric(
            "up_capture",
            "Up capture",
            "ratio",
            "Geometric mean return over the benchmark's, in bars in which it rose (Morningstar).",
        ),
        Metric(
            "down_capture",
            "Down capture",
            "ratio",
            "Geometric mean return over the benchmark's, in bars in which it fell.",
        ),
    ),
    "Vote and limits": (
        Metric("voting", "Votes for a side", "percent", "Share of bars and symbols on which the vote had a direction."),
        Metric("limit_bindings", "Limits that bound", "count", "How often a limit cut or refused an order."),
        Metric(
            "breaker_trips",
            "Breaker trips",
            "count",
            "How often a breaker went a step: stopped entries, cancelled, reduced or flattened; a halt is one.",
        ),
        Metric("failures", "Failures of strategies", "count", "Bars on which a strategy failed and abstained."),
    ),
}

METRICS: Final = {metric.key: metric for group in GROUPS.values() for metric in group}
"""Every metric by key, in the order of a summary."""
