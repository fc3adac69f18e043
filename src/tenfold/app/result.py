"""Hand the outcome of a run to people: as numbers, frames, a picture and a report.

Nothing is computed before it is asked for, and then once.
"""

from dataclasses import replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.app.analysis import Analysis
from tenfold.app.counting import warning
from tenfold.app.formatting import formatted, money, percent
from tenfold.app.idleness import idleness
from tenfold.app.sameness import same_run
from tenfold.app.summary import Summary, summarise
from tenfold.backtesting.run import Run
from tenfold.domain.errors import UnknownNameError, did_you_mean

if TYPE_CHECKING:
    import polars as pl
    from plotly.graph_objects import Figure

    from tenfold.app.report.overlays import Overlays


class Result:
    """Wrap a run.

    `equity`, `trades`, `fills` and `votes` are Polars frames; `.to_pandas()` on them gives pandas. Results are equal where
    the same happened over the same bars under the same rules, on whichever path and under whichever name; they pickle.
    """

    def __init__(self, run: Run) -> None:
        self.run = run

    @cached_property
    def analysis(self) -> Analysis:
        """What is derived from the run."""
        return Analysis(self.run)

    @cached_property
    def _summary(self) -> Summary:
        return summarise(self.analysis)

    def summary(self) -> Summary:
        """Return every metric by key, in order; it prints as a table and fits `json.dumps`."""
        return self._summary

    @cached_property
    def equity(self) -> "pl.DataFrame":
        """One row a bar: equity, cash, exposure, return, drawdown, benchmark."""
        from tenfold.app.frames import equity_frame

        return equity_frame(self.analysis)

    @cached_property
    def trades(self) -> "pl.DataFrame":
        """One row a round trip."""
        from tenfold.app.frames import trades_frame

        return trades_frame(self.analysis)

    @cached_property
    def fills(self) -> "pl.DataFrame":
        """One row a fill."""
        from tenfold.app.frames import fills_frame

        return fills_frame(self.analysis)

    @cached_property
    def votes(self) -> "pl.DataFrame":
        """One row a bar and symbol: direction, agreement and the members' ballots."""
        from tenfold.app.frames import votes_frame

        return votes_frame(self.analysis)

    def plot(self, symbol: str | None = None, *, overlays: "Overlays | None" = None) -> "Figure":
        """Return a Plotly figure over one time axis: equity, drawdown, exposure; price, trades, volume, vote of a symbol.

        The first symbol where none is named. `overlays` are indicators by name, (T,) or (T, S): those of the size of the
        price are drawn on it, the others in a panel below.

        Raises
        ------
        UnknownNameError
            Where the run has no such symbol.
        DataError
            Where an overlay does not fit the bars.
        """
        from tenfold.app.figure import run_figure
        from tenfold.app.report.overlays import overlays_of

        symbols = self.run.bars.symbols
        if symbol is not None and symbol not in symbols:
            raise UnknownNameError(f"the run has no symbol {symbol}; {did_you_mean(symbol, symbols)}")
        shown = overlays_of(overlays, self.analysis)
        return run_figure(self.analysis, 0 if symbol is None else symbols.index(symbol), shown)

    def report(
        self, path: str | PathLike[str] = "report.html", *, title: str = "", overlays: "Overlays | None" = None
    ) -> Path:
        """Write one self-contained HTML file that works offline, and return where it is; `overlays` as for `plot`."""
        from tenfold.app.report.page import write_report

        return write_report(self.analysis, self.summary(), Path(path), title=title, overlays=overlays)

    def to_json(self) -> str:
        """Return the run as JSON: metrics, settings, equity, round trips, fills."""
        from tenfold.app.export import to_json

        return to_json(self.analysis, self.summary())

    def to_parquet(self, folder: str | PathLike[str]) -> Path:
        """Write equity, trades, fills and votes as Parquet files into a folder, and return it."""
        from tenfold.app.export import to_parquet

        return to_parquet(self.analysis, Path(folder))

    def save(self, name: str = "", *, root: str | PathLike[str] | None = None) -> str:
        """Keep the run in the store of runs, and return its id."""
        from tenfold.app.odds import kept
        from tenfold.app.wiring import clock, run_store

        name, summary = name or str(self.run.notes.get("name", "")), self.summary()
        run = replace(self.run, notes=kept(self.run.notes, self.analysis.odds))
        return run_store(root).save(run, summary, clock().now_ns(), name)

    def failures(self) -> list[str]:
        """Return a line a strategy that failed or never had a score, with the reason that most bars had where known."""
        reasons: Any = self.run.notes.get("errors") or {}
        scores = self.run.scores
        lines = []
        for index, name in enumerate(self.run.members):
            known, count = reasons.get(name), self.run.failures.get(name, 0)
            if count:
                why = f": {max(known, key=known.get)}" if known else ""
                lines.append(f"{name} failed on {count:,} bars and abstained there{why}")
            elif scores is not None and not (scores[:, :, index] == scores[:, :, index]).any():
                lines.append(
                    f"{name} had no score on any of {len(scores):,} bars; give it more history or shorter lengths, or find what "
                    "is no number (a division by zero?) with `tenfold check`"
                )
        return lines

    def warnings(self) -> list[str]:
        """Return `failures`, what is to be said of an ensemble, why nothing was counted or traded, and where the sizing asks
        for more than the account lets it have.
        """
        says = self.run.notes.get("ensemble", {}).get("says", [])
        return [*says, *warning(self.run.notes), *self._warnings()]

    def _warnings(self) -> list[str]:
        rules, symbols = self.run.rules, len(self.run.bars.symbols)
        asked, allowed = (rules.sizing.fraction or 0.0) * symbols, rules.account.leverage_max
        cut = self.run.bindings.get("leverage", 0)
        if not len(self.run.fills):
            return [*self.failures(), *idleness(self.run)]
        if rules.sizing.method != "fraction" or asked <= allowed or not cut:
            return self.failures()
        return [
            *self.failures(),
            f"{symbols} symbols ask for {rules.sizing.fraction:g} of the equity each: who came first took it and "
            f"{cut:,} orders were cut; rules.sizing.fraction={allowed / symbols:.3g} gives each a part",
        ]

    def __eq__(self, other: object) -> bool:
        return same_run(self.run, other.run) if isinstance(other, Result) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as every value that is equal by its arrays

    def __reduce__(self) -> tuple[type["Result"], tuple[Run]]:
        return Result, (self.run,)

    def __repr__(self) -> str:
        return f"Result({', '.join(f'{label} {text}' for label, text in self._facts())})"

    def _repr_html_(self) -> str:
        from html import escape

        from tenfold.app.sparkline import sparkline

        cells = "".join(
            f"<td style='padding:.2em 1em .2em 0'><small>{escape(label)}</small><br><b>{escape(text)}</b></td>"
            for label, text in self._facts()
        )
        return f"<table><tr>{cells}</tr></table>{sparkline(self.run.equity)}"

    def _facts(self) -> list[tuple[str, str]]:
        """Return the few figures that name a result."""
        summary = self.summary()

        def text(key: str, form: Any) -> str:
            return formatted(summary[key], form)

        symbols = self.run.bars.symbols
        facts = [
            ("of", ", ".join(symbols[:4]) + (f" and {len(symbols) - 4} more" if len(symbols) > 4 else "")),
            ("equity", f"{money(float(self.run.equity[-1]))} {self.run.bars.currency}"),
            ("a year", percent(float(summary["annual_return"] or 0.0))),
            ("Sharpe", text("sharpe_ratio", "ratio")),
            ("drawdown", text("max_drawdown", "percent")),
            ("round trips", text("trades", "count")),
        ]
        facts += [("failures", text) for text in self.failures()]
        facts += [("no trades", text) for text in ([] if len(self.run.fills) else idleness(self.run))]
        return facts + ([("data", "SYNTHETIC")] if self.analysis.synthetic else [])
