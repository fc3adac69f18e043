"""Show on one screen how trading goes: the account, who voted how, what works, what is used of the limits."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from tenfold.app.formatting import times
from tenfold.app.live.paper import Shown
from tenfold.app.live.worth import equity_of, worth_of
from tenfold.domain.account import Trip
from tenfold.domain.signal import Vote
from tenfold.domain.units import format_ns
from tenfold.engine.engine import Engine

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType

SYMBOLS_SHOWN: Final = 12
HISTORY: Final = 40
"""Looks at equity that are drawn: on 80 columns they stand beside it, and leave the line below to what else is to be shown."""
_BLOCKS: Final = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
_HELD: Final = frozenset({"symbol", "position", "value", "vote"})
_SPARED: Final = ("cash", "gross exposure", "from the peak", "venue", "limits", "today", "orders")
"""What is left out first where a terminal is not high enough for all."""
_FACING: Final = {1: "long", 0: "flat", -1: "short"}


class Screen:
    """Hold what is shown over time."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._equity: list[float] = []

    def rendered(self, shown: Shown) -> "RenderableType":
        """Return the screen of a terminal, which leaves out what matters least where the terminal is not as high."""
        return _Fitted(self._title, self.lines(shown), list(rows_of(shown)))

    def lines(self, shown: Shown) -> list[tuple[str, str]]:
        """Return what is shown of the account as (name, text), one line each."""
        engine = shown.loop.engine
        ledger, breaker, limits = engine.ledger, engine.breaker, engine.gate.limits
        money = shown.money
        equity, held = equity_of(engine)
        self._equity = [*self._equity, equity / money][-HISTORY:]
        day = equity / breaker.day_start - 1.0 if breaker.day_start else 0.0
        fall = equity / breaker.peak - 1.0 if breaker.peak else 0.0
        gross = held / equity if equity > 0 else 0.0
        blotter = shown.loop.blotter
        of = f" of {shown.count:,}" if shown.count else ""
        working = sum(1 for _ in blotter.working())
        return [
            (
                "clock",
                f"{format_ns(shown.bars.ts_ns)} UTC  ({f'bar {shown.number:,}' if shown.number else 'no bar yet'}{of})",
            ),
            ("equity", f"{equity / money:,.2f}  {_strokes(self._equity)}"),
            ("today", f"{day:+.2%}{_of(limits.daily_loss_frac_max, -day)}"),
            ("from the peak", f"{fall:+.2%}{_of(limits.drawdown_frac_max, -fall)}"),
            ("gross exposure", f"{gross:.0%} of equity{_of(limits.gross_frac_max, gross)}"),
            ("limits", _limits(engine)),
            ("cash", f"{ledger.cash / money:,.2f}"),
            ("orders", f"{engine.orders:,} so far, {working} working, {blotter.unknown} of unknown outcome"),
            ("venue", f"{'in step' if blotter.ready else 'being compared: nothing new is entered'}; {shown.told}"),
            ("breakers", f"TRIPPED: {tripped}" if (tripped := _tripped(breaker.trips)) else "none tripped"),
            *shown.more,
        ]


class _Fitted:
    """Hold lines and rows, as many of which are drawn as a terminal has room for: what is cut at its lower end were alarms and positions."""

    def __init__(self, title: str, lines: list[tuple[str, str]], rows: list[tuple[str, ...]]) -> None:
        self._title = title
        self._lines = lines
        self._rows = rows

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        """Yield the first of ever smaller screens that fits, the smallest where none does."""
        small = self._drawn(self._lines, self._rows)
        for left_out in range(len(_SPARED) + 1):
            lines = [line for line in self._lines if line[0] not in _SPARED[:left_out]]
            for rows in (self._rows, _not_flat(self._rows)):
                small = self._drawn(lines, rows)
                if not console.is_terminal or len(console.render_lines(small, options)) <= options.size.height:
                    yield small
                    return
        yield small

    def _drawn(self, lines: list[tuple[str, str]], rows: list[tuple[str, ...]]) -> "RenderableType":
        from rich.console import Group
        from rich.panel import Panel
        from rich.table import Table
        from rich.text import Text

        head = Table.grid(padding=(0, 2))
        head.add_column(style="bold", no_wrap=True)
        head.add_column(overflow="fold")
        for line in lines:
            head.add_row(*map(Text, line))  # what a venue or a file says is no markup
        votes = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        for place, name in enumerate(("symbol", "position", "value", "vote", "agree", "dissent", "working")):
            least = (
                max(len(name), *(len(row[place]) for row in rows)) if name in _HELD else None
            )  # on a narrow terminal too
            right = name in {"position", "value", "agree"}
            wraps = name == "working"  # each order of many, as exits are, is to be read
            votes.add_column(
                name,
                justify="right" if right else "left",
                no_wrap=not wraps,
                min_width=least,
                overflow="fold" if wraps else "ellipsis",
            )
        for row in rows:
            votes.add_row(*map(Text, row))
        return Panel(
            Group(head, "", votes), title=Text(self._title), title_align="left", subtitle="Ctrl-C stops it", subtitle_align="left"
        )  # fmt: skip


def _not_flat(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the rows of symbols that are held or worked in, and how many others there are."""
    kept = [row for row in rows if row[1] not in {"0", ""} or row[-1] not in {"-", ""}]
    flat = sum(1 for row in rows if row[1] == "0" and row[-1] == "-")
    others = [row for row in rows if not row[1]]
    return [*kept, *([(f"{flat} flat", *[""] * 6)] if flat else []), *others]


def rows_of(shown: Shown) -> Iterator[tuple[str, ...]]:
    """Yield a line a symbol: position and value, the vote, who dissents, and what works."""
    engine = shown.loop.engine
    voted = engine.votes(shown.bars.ts_ns) if engine.voters and shown.number else ()  # before the first bar nobody has
    votes = {vote.symbol: vote for vote in voted}
    working: dict[str, list[str]] = {}
    for one in shown.loop.blotter.working():
        order = one.order
        working.setdefault(order.symbol, []).append(f"{order.side} {order.qty - one.filled:,} {order.type}")
    symbols = list(engine.symbols)
    held = [one for one in symbols if engine.ledger.position(one).lots or one in working]
    shown_first = [*held, *(one for one in symbols if one not in held)][:SYMBOLS_SHOWN]
    for symbol in sorted(shown_first, key=symbols.index):
        lots = engine.ledger.position(symbol).lots
        value = worth_of(engine, symbol) / shown.money
        vote = votes.get(symbol)
        facing = _FACING[engine.symbols[symbol].direction] if vote is not None else "-"
        if symbol in shown.bars.missing:  # nobody was asked: the vote of its last bar stands
            vote = None
        dissent = _dissent(engine, vote.dissenters) if vote is not None else "-"
        agreement = f"{_backing(vote, engine.weights):.0%}" if vote is not None else "-"
        yield symbol, f"{lots:,}", f"{value:,.0f}", facing, agreement, dissent, ", ".join(working.get(symbol, ["-"]))
    if len(symbols) > SYMBOLS_SHOWN:
        unseen = len(held) - SYMBOLS_SHOWN
        yield f"and {len(symbols) - SYMBOLS_SHOWN} more{f' ({unseen} held)' if unseen > 0 else ''}", *[""] * 6


def _backing(vote: Vote, weights: Sequence[float]) -> float:
    """Return the share of all weight behind the side that is held, which the other one may exceed, or behind the larger one where none is."""
    if not vote.direction:
        return vote.agreement
    backing = (weight for weight, ballot in zip(weights, vote.ballots, strict=True) if ballot == vote.direction)
    return sum(backing) / sum(weights)


def _limits(engine: Engine) -> str:
    """Return what is used of the limits on positions, and which limits cut or refused how often."""
    ledger, limits, equity = engine.ledger, engine.gate.limits, equity_of(engine)[0]
    held = [abs(worth_of(engine, symbol)) for symbol, one in ledger.positions.items() if one.lots]
    largest = max(held, default=0) / equity if equity > 0 else 0.0
    most = "" if limits.positions_max is None else f" of {limits.positions_max}"
    return f"{len(held)}{most} positions, the largest {largest:.1%} of equity{_of(limits.position_frac_max, largest)}; cut or refused: {times(engine.gate.bindings) or 'nothing'}"


def _tripped(trips: Sequence[Trip]) -> str:
    """Return what has tripped and is not over, each with the furthest step that it took."""
    return ", ".join(
        f"{rule} ({stage})" for rule, stage in {one.rule: one.stage for one in trips if one.reset_ns is None}.items()
    )


def _dissent(engine: Engine, names: tuple[str, ...]) -> str:
    if not names:
        return "-"
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more of {len(engine.voters)}"


def _strokes(values: list[float]) -> str:
    """Return a series as a row of blocks."""
    low, high = min(values), max(values)
    scale = (len(_BLOCKS) - 1) / (high - low) if high > low else 0.0
    return "".join(_BLOCKS[round((value - low) * scale)] for value in values)


def _of(limit: float | None, used: float) -> str:
    """Return how much of a limit is used."""
    return "" if limit is None else f"  ({max(0.0, used) / limit:.0%} of the limit of {100.0 * limit:g}%)"
