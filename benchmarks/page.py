"""Write the page of the documentation from the results."""

from typing import Any

HEAD = """# Benchmarks

Tenfold beside its peers, in the same run, on the same seeded one-minute bars: a long-or-flat crossing of two moving averages,
ten shares, five basis points a fill, at the next open. Contestants take turns (A B C, A B C), each in a process and an
environment of its own; figures are medians. Trust the ratios: levels are those of one machine.

This page is written by `make bench`.
"""

CONTESTANTS = {
    "tenfold": "Tenfold",
    "c": "C, by hand",
    "vectorbt_100": "vectorbt, 100 columns at a time",
    "vectorbt_25": "vectorbt, 25 columns at a time",
    "tenfold_compiled": "Tenfold, compiled path",
    "tenfold_event": "Tenfold, event path",
    "backtesting": "backtesting.py",
    "nautilus": "NautilusTrader",
    "tenfold_one": "Tenfold, one call an operation",
    "tenfold_many": "Tenfold, all in one call",
    "hftbacktest": "hftbacktest, the feed of it",
}


def page(results: dict[str, Any], titles: dict[str, str]) -> str:
    """Return the page as Markdown."""
    lines = [HEAD, "## What must hold", "", "| what | measured | must be | holds |", "|---|--:|--:|---|"]
    parts = {name: results["parts"][name] for name in titles if name in results["parts"]}
    for part in parts.values():
        lines += [_claim(claim) for claim in part["claims"]]
    for part in parts.values():
        lines += ["", *(f"Not measured: {line}" for line in part["missing"])] if part["missing"] else []
    for name, title in titles.items():
        if name in parts:
            lines += ["", f"## {title}", "", *SECTIONS[name](parts[name]), "", _moment(parts[name])]
    lines += ["", "## Machine", "", "| | |", "|---|---|"]
    lines += [f"| {name.replace('_', ' ')} | {value} |" for name, value in results["machine"].items()]
    return "\n".join(lines) + "\n"


def _claim(claim: dict[str, Any]) -> str:
    limit = "" if claim["limit"] is None else f"{claim['sense']} {_number(claim['limit'])}"
    holds = {True: "yes", False: "**no**", None: ""}[claim["met"]]
    note = f"<br><small>{claim['note']}</small>" if claim["note"] else ""
    return f"| {claim['what']}{note} | {_number(claim['value'])} {claim['unit']} | {limit} | {holds} |"


def _number(value: float) -> str:
    if value == 0 or value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0e}" if value < 1e-3 else f"{value:.3g}"


def _moment(part: dict[str, Any]) -> str:
    loads = [row["load"] for figures in part["figures"].values() for row in figures["all"]] or [part["load"]]
    return f"Measured {part['date']} at revision {part['revision']}; clock: {part['settings']['clock']}; load of the machine before a measurement {min(loads):.1f} to {max(loads):.1f}."


def _sweep(part: dict[str, Any]) -> list[str]:
    settings = part["settings"]
    lines = [
        f"{settings['strategies']:,} strategies over {settings['bars']:,} bars, with final equity, Sharpe ratio, drawdown and orders.",
        "",
        "| | seconds | million strategy-bars a second | the same a processor second | peak memory, MB |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, figures in part["figures"].items():
        lines.append(
            f"| {CONTESTANTS[name]} | {figures['wall_s']:.3f} | {figures['strategy_bars_a_second'] / 1e6:,.1f} "
            f"| {figures['strategy_bars_a_cpu_second'] / 1e6:,.1f} | {figures['peak_bytes'] / 1e6:,.0f} |"
        )
    for name, found in part["agreement"].items():
        worst = max(found["largest_difference"].values())
        lines += [
            "",
            f"{CONTESTANTS[name]}: {found['equal']:,} of {found['rows']:,} rows equal, by at most {worst:.0e} apart.",
        ]
        lines += [
            f"Means of {row['fast']} and {row['slow']} bars differ: of {row['ties']} exact ties of the two means, "
            f"rounding decides {row['rounded_ties']}; elsewhere {row['elsewhere']} signs differ."
            for row in found["differing"]
        ]
    return lines


def _backtest(part: dict[str, Any]) -> list[str]:
    settings = part["settings"]
    lines = [
        f"Means of {settings['fast']} and {settings['slow']} bars over {settings['bars']:,} bars, from bars in memory to the "
        "full result. NautilusTrader fills at the close of the bar just seen, so its trades are others.",
        "",
        "| | processor seconds | bars a second | bars a wall second | peak memory, MB | final equity |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {CONTESTANTS[name]} | {figures['cpu_s']:.3f} | {figures['bars_a_second']:,.0f} | {figures['bars_a_wall_second']:,.0f} "
        f"| {figures['peak_bytes'] / 1e6:,.0f} | {figures['final_equity']:,.6f} |"
        for name, figures in part["figures"].items()
    ]
    return lines


def _start(part: dict[str, Any]) -> list[str]:
    return [
        "Whole processes from a cold shell; the machine code of kernels and strategy comes from the cache on disk, the first compile apart."
    ]


def _memory(part: dict[str, Any]) -> list[str]:
    lines = [
        f"How much a sweep raises the peak of the memory of its process, above bars and libraries. The state of one strategy "
        f"takes {part['settings']['state_bytes']:,.0f} bytes; states are held for the strategies under way alone.",
        "",
        "| sweep | growth, MB | bars themselves, MB |",
        "|---|--:|--:|",
    ]
    for name, figures in part["figures"].items():
        bars, _, strategies, _ = name.split("_")
        lines.append(
            f"| {int(strategies):,} strategies, {int(bars):,} bars | {figures['grown_bytes'] / 1e6:,.1f} | {figures['bars_bytes'] / 1e6:,.1f} |"
        )
    return lines


def _equality(part: dict[str, Any]) -> list[str]:
    lines = [
        "The same orders, from precomputed directions, traded in one process by the platform and by Tenfold under its "
        "[profile](venues.md): bars, prices and sizes of every round trip, then the final equity. `benchmarks/equality` has the "
        "strategies. Differences are relative; money in Tenfold is whole millionths of a dollar a share.",
        "",
        "| strategy | data | platform | bars | round trips | differ | prices apart | equity apart |",
        "|---|---|---|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {one['scene']} | {one['symbol']} | {one['peer']} | {one['bars']:,} | {one['trips']:,} | {one['differing']} "
        f"| {one['price']:.0e} | {one['equity']:.0e} |"
        for one in sorted(part["scenes"], key=lambda one: (one["peer"], one["scene"]))
        if one["source"] == "real"
    ]
    lines += [
        "",
        "### What is not copied",
        "",
        "Rows are entry bar, exit bar (-1: open), entry price, exit price, size.",
        "",
    ]
    lines += ["| platform | what it does | there | here | why |", "|---|---|---|---|---|"]
    lines += [
        f"| {one['peer']} | {one['name']} | {_trips(one['theirs'])} | {_trips(one['ours'])} | {one['why']} |"
        for one in part["differences"]
    ]
    return lines


def _trips(rows: list[list[float]]) -> str:
    return "<br>".join(", ".join(f"{value:g}" for value in row) for row in rows)


def _orders(part: dict[str, Any]) -> list[str]:
    settings = part["settings"]
    lines = [
        f"{settings['orders']:,} limit orders, {settings['replaces']:,} replaces and {settings['cancels']:,} cancels over "
        f"{settings['bars']:,} bars: at each bar a strategy sends five orders, moves those of the bar before and cancels those before "
        "them, as far as they still work. Tenfold runs its event path with the risk gate; NautilusTrader runs without risk engine "
        "and logging; of several orders that one bar reaches it leaves some unfilled, so that more are left to move.",
        "",
        "| | processor seconds | wall seconds | commands a second | fills |",
        "|---|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {CONTESTANTS[name]} | {figures['cpu_s']:.2f} | {figures['wall_s']:.2f} | {figures['commands_a_second']:,.0f} | {figures['fills']:,} |"
        for name, figures in part["figures"].items()
    ]
    return lines


def _book(part: dict[str, Any]) -> list[str]:
    settings = part["settings"]
    lines = [
        f"{settings['operations']:,} operations on a book of 1,000 prices and 10,000 orders: half add an order, two fifths cancel one, a "
        "tenth take what is best. One call an operation hands each event out as an object; all in one call writes them to an array. "
        f"hftbacktest replays the {settings['feed']:,} messages about single orders that the matching gave: it need not match, but keeps two "
        "books, that of the exchange and that of a strategy.",
        "",
        "| | processor seconds | operations a second | events |",
        "|---|--:|--:|--:|",
    ]
    lines += [
        f"| {CONTESTANTS[name]} | {figures['cpu_s']:.2f} | {figures['operations_a_second']:,.0f} | {figures['events']:,.0f} |"
        for name, figures in part["figures"].items()
    ]
    ways = list(part["queue_errors"])
    lines += [
        "",
        f"Estimates of what stands before an order, less the truth, in {settings['queues']:,} queues of twenty orders of five shares on average; the "
        "mean, and the mean of its size. Who cancels: any order alike, rather the latest, rather the earliest.",
        "",
        "| model | " + " | ".join(way.replace("_", " ") for way in ways) + " |",
        "|---|" + "--:|" * len(ways),
    ]
    for model in part["queue_errors"][ways[0]]:
        errors = (part["queue_errors"][way][model] for way in ways)
        lines.append(f"| `{model}` | " + " | ".join(f"{mean:+.1f}, {size:.1f}" for mean, size in errors) + " |")
    return lines


def _portfolio(part: dict[str, Any]) -> list[str]:
    settings, figures = part["settings"], part["figures"]["tenfold_compiled"]
    return [
        f"{settings['symbols']:,} symbols, {settings['bars']:,} daily bars each, a vote of {len(settings['families'])} families "
        f"({', '.join(settings['families'])}) on the compiled path: {figures['wall_s']:.2f} seconds and "
        f"{figures['fills']:,} fills, machine code from the cache; {figures['first_s']:.1f} seconds in a process that has to compile "
        f"everything. Peak memory {figures['peak_bytes'] / 1e6:,.0f} MB."
    ]


def _odds(part: dict[str, Any]) -> list[str]:
    settings = part["settings"]
    lines = [
        f"Bootstrap: {settings['paths']:,} stationary paths of {settings['bars']:,} bars in blocks of {settings['block']:g}, with "
        f"return, drawdown and Sharpe ratio of each. CSCV: {settings['splits']:,} splits of {settings['strategies']:,} strategies over "
        f"{settings['long']:,} bars. Superiority: SPA and StepM of {settings['compared']} strategies, {settings['resamples']:,} resamples.",
        "",
        "| | seconds | processor seconds | peak memory, MB |",
        "|---|--:|--:|--:|",
    ]
    lines += [
        f"| {name.replace('_', ', ', 1)} | {figures['wall_s']:.3f} | {figures['cpu_s']:.3f} | {figures['peak_bytes'] / 1e6:,.0f} |"
        for name, figures in part["figures"].items()
    ]
    return lines


def _robustness(part: dict[str, Any]) -> list[str]:
    settings = part["settings"]
    lines = [
        f"A vote of {settings['members']} over {settings['bars']:,} bars of {settings['symbols']} symbols: {settings['scenarios']:,} stratified "
        "scenarios alone, and the whole dossier with neighbours, maps of parameters, resampled prices and random entries.",
        "",
        "| | seconds | processor seconds | paths | peak memory, MB |",
        "|---|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {name} | {figures['wall_s']:.1f} | {figures['cpu_s']:.1f} | {figures['paths']:,.0f} | {figures['peak_bytes'] / 1e6:,.0f} |"
        for name, figures in part["figures"].items()
    ]
    return lines


def _search(part: dict[str, Any]) -> list[str]:
    lines = [
        "Every family that ships, in every regime and window; warm, with what is compiled on the disk.",
        "",
        "| strategies | bars | symbols | seconds | processor seconds | peak memory, MB |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    for job, name in (("few", "six_symbols"), ("many", "many_strategies")):
        asked, figures = part["settings"][job], part["figures"][name]
        lines.append(
            f"| {figures['evaluated']:,.0f} | {asked['bars']:,} | {asked['symbols']} | {figures['wall_s']:.2f} "
            f"| {figures['cpu_s']:.2f} | {figures['peak_bytes'] / 1e6:,.0f} |"
        )
    return lines


def _scale(part: dict[str, Any]) -> list[str]:
    settings, many = part["settings"], part["settings"]["many"]
    lines = [
        f"Chunks of 64 strategies of {len(settings['families'])} families over {settings['bars']:,} bars of {settings['symbols']} symbols. "
        "A worker adds what its chunks take longer than in one thread without executor; with two workers that includes what they take "
        f"from each other on one machine. The last two columns are a million evaluations with so many workers and with {many} of them: "
        "start + load + the larger of what the workers do and what handing out takes. `how-to/scale-research.md` has the model.",
        "",
        "| executor | workers | start, s | load, s | chunk alone, ms | a worker adds, ms | handing out, ms | million, s "
        f"| on {many}, s |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, figures in part["figures"].items():
        kind, workers = name.rsplit("_", 1)
        lines.append(
            f"| {kind} | {workers} | {figures['start_s']:.2f} | {figures['load_s']:.2f} | {1e3 * figures['chunk_s']:.1f} "
            f"| {1e3 * figures['added_s']:.1f} | {1e3 * figures['hand_s']:.2f} | {figures[f'million_{workers}_s']:,.0f} "
            f"| {figures[f'million_{many}_s']:,.0f} |"
        )
    return lines


def _exchange(part: dict[str, Any]) -> list[str]:
    figures, settings = part["figures"], part["settings"]
    orders, stream, year, read = (figures[name] for name in ("orders", "stream", "year", "year_read"))
    return [
        f"The exchange runs in a process of its own, its client in another, over loopback, for {settings['seconds']} s each. "
        "The client is asyncio with aiohttp and msgspec; its own share of a round trip is counted. The age of a message is the time "
        "from the moment at which it was due on the replayed market to that at which the client has decoded its frame.",
        "",
        "| | median, ms | 99th percentile, ms | worst, ms | a second |",
        "|---|--:|--:|--:|--:|",
        f"| order sent, answer read | {orders['p50_ms']:.2f} | {orders['p99_ms']:.2f} | {orders['worst_ms']:.2f} | {orders['rate']:,.0f} |",
        f"| age of market data | {stream['p50_ms']:.2f} | {stream['p99_ms']:.2f} | {stream['worst_ms']:.2f} | {stream['messages_a_second']:,.0f} |",
        "",
        f"At full speed the exchange waits for its clients: Alpaca's own takes {figures['alpaca_py']['messages_a_second']:,.0f} quotes a second. "
        f"Minute bars of {settings['days']} days and {settings['symbols']} symbols take {year['wall_s']:.1f} s where nobody reads them, "
        f"{read['wall_s']:.1f} s where a client of ours reads all {int(read['bars']):,}.",
    ]


def _live_orders(part: dict[str, Any]) -> list[str]:
    heard = part["figures"]["stream"]
    ours, theirs, orders = part["figures"]["tenfold"], part["figures"]["alpaca_py"], part["settings"]["orders"]
    rows = (("order sent to a venue that answers at once, answer read, median", "instant_p50_us"), ("the same, 99th percentile", "instant_p99_us"),
            ("order sent to our exchange, answer read, median", "p50_us"), ("the same, 99th percentile", "p99_us"),
            ("processor time of the client an order", "client_cpu_us"), ("update of an order read", "update_us"),
            ("quote read", "quote_us"))  # fmt: skip
    return [
        f"Our client of Alpaca and Alpaca's own, each against an exchange in a process of its own over loopback: {orders:,} limit orders one after "
        "another, half of which rest and half of which fill there, then as many to a process that answers each at once; and frames as they come over the streams, from bytes to values. Microseconds.",
        "",
        "| | Tenfold | alpaca-py |",
        "|---|--:|--:|",
        *(f"| {what} | {ours[key]:,.1f} | {theirs[key]:,.1f} |" for what, key in rows),
        "",
        f"At {heard['messages_a_second']:,.0f} quotes a second over a socket {heard['missing']:,.0f} were missing; our client took {heard['client_cpu_share']:.0%} of a core, "
        f"and a quote was a value {heard['p50_ms']:.2f} ms after its moment on the replayed market, {heard['p99_ms']:.2f} ms at the 99th percentile.",
    ]


def _journal(part: dict[str, Any]) -> list[str]:
    figures, settings = part["figures"]["tenfold"], part["settings"]
    rows = {"a page of 4,096 bytes written to a bare file": "bare"}
    rows |= {
        f"{group}, {name}": f"{store}_{group}"
        for store, name in settings["stores"].items()
        for group in settings["groups"]
    }
    return [
        f"What it takes until new orders would survive a loss of power: {settings['syncs']:,} syncs one after another, each of one transaction. PostgreSQL runs on this "
        "machine, over a local socket. Microseconds.",
        "",
        "| orders in a sync | median | 99th percentile |",
        "|---|--:|--:|",
        *(
            f"| {what} | {figures[key + '_p50_us']:,.0f} | {figures[key + '_p99_us']:,.0f} |"
            for what, key in rows.items()
        ),
    ]


def _risk(part: dict[str, Any]) -> list[str]:
    figures, settings = part["figures"]["tenfold"], part["settings"]
    return [
        f"Every rule of the profile `live` over {settings['orders']:,} limit orders that pass, with ten symbols, six positions and their correlations. Microseconds.",
        "",
        "| | median | 99th percentile |",
        "|---|--:|--:|",
        *(
            f"| {what} | {figures[kind + '_p50_us']:.1f} | {figures[kind + '_p99_us']:.1f} |"
            for kind, what in settings["kinds"].items()
        ),
    ]


def _live_loop(part: dict[str, Any]) -> list[str]:
    one, ten, flow = part["figures"]["symbols_1"], part["figures"]["symbols_10"], part["settings"]["flow"]
    return [
        f"From the bytes of market data to the bytes of orders, {part['settings']['strategies']} strategies over {part['settings']['minutes']:,} minutes, without the sync of the "
        f"journal, whose figures stand beside it; then {flow['rate']:,} messages a second for {flow['seconds']} seconds from a socket through quality and minutes. Microseconds.",
        "", "| | one symbol | ten symbols that close together |", "|---|--:|--:|",
        *(f"| {what} | {one[key]:,.0f} | {ten[key]:,.0f} |" for what, key in
          (("median", "p50_us"), ("99th percentile", "p99_us"), ("longest", "worst_us"), ("a sync in SQLite, median", "sync_p50_us"))),
    ]  # fmt: skip


SECTIONS = {
    "sweep": _sweep,
    "backtest": _backtest,
    "orders": _orders,
    "portfolio": _portfolio,
    "start": _start,
    "memory": _memory,
    "book": _book,
    "exchange": _exchange,
    "journal": _journal,
    "risk": _risk,
    "live_orders": _live_orders,
    "live_loop": _live_loop,
    "odds": _odds,
    "search": _search,
    "scale": _scale,
    "robustness": _robustness,
    "equality": _equality,
}
