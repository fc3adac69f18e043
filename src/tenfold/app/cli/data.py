"""Import, list, check and show market data."""

from argparse import ArgumentParser, Namespace

from tenfold.app.cli.options import add_settings, seconds_of
from tenfold.app.cli.output import note, table, write
from tenfold.domain.errors import ParameterError

SUMMARY = "import, list, check and show market data"
EXAMPLES = """\
examples:
  tenfold data import prices.csv --symbol SPY
  tenfold data import minutes.csv --tz America/New_York --calendar XNYS --stamp open
  tenfold data import btc.csv --symbol BTC/USDT --lot-size 0.0001 --tick-size 0.01    fractions of a coin
  tenfold data import IBM_minutes.zip     LEAN's archives as they are
  tenfold data import xrp.csv --as funding --symbol XRP/USDT:USDT    rates of funding, paid in cash from then on
  tenfold data import aapl.csv --columns sentiment,oi                further columns, for strategies to read
  tenfold data set BTC/USDT --lot-size 0.00001        changes the terms without another import
  tenfold data list                       the catalogue, and the samples that installed packages ship
  tenfold data check SPY --score-min 90   the exit code is 1 below that quality score
  tenfold data show SPY --rows 3
  tenfold data build BTCUSDT --from trades --every 1m
  tenfold data rehearse BTCUSDT           what live trading would have made of the stored ticks
  tenfold data listen AAPL MSFT --for 600    live data of the account that is set, e.g. of `tenfold exchange`
  tenfold data fetch ccxt:kraken BTC/USD --from 2020-01-01 --every 1h     run it again for what is new
  tenfold data actions splits.csv --symbol AAPL    columns date, split, dividend
  tenfold data rename FB META 2022-06-09
  tenfold data delist WMI 2008-09-29 --reason bankruptcy
"""
TERMS = ("lot_size", "tick_size", "currency", "multiplier", "min_notional")


def declare(parser: ArgumentParser) -> None:
    """Declare the sub-commands."""
    commands = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(name: str, text: str) -> ArgumentParser:
        own = [line for line in EXAMPLES.splitlines() if line.startswith(f"  tenfold data {name} ")]
        inner: ArgumentParser = commands.add_parser(
            name, help=text, description=text, epilog="\n".join(["examples:", *own])
        )
        return inner

    _declare_import(add("import", "read a CSV, Parquet or zipped file, check it and store it in the catalogue"))
    setting = add("set", "change the lot, tick or currency of symbols without another import")
    setting.add_argument("symbols", nargs="+", metavar="SYMBOL", help="symbols of the catalogue")
    _add_terms(setting)
    setting.set_defaults(run=set_data)
    add("list", "list the catalogue and the sample sets").set_defaults(run=list_data)
    checking = add("check", "validate a set again and tell every defect")
    checking.add_argument("symbol", metavar="SYMBOL", help="a symbol of the catalogue or the name of a sample")
    checking.add_argument("--calendar", help="exchange whose sessions are expected, e.g. XNYS")
    checking.add_argument(
        "--score-min", type=float, default=0.0, metavar="SCORE", help="exit with 1 below it, 0 to 100"
    )
    checking.set_defaults(run=check_data)
    showing = add("show", "show a set's description, first and last rows")
    showing.add_argument("symbol", metavar="SYMBOL", help="a symbol of the catalogue")
    showing.add_argument("--rows", type=int, default=5, metavar="N", help="rows from each end")
    showing.add_argument("--adjust", choices=["raw", "split", "total"], help="as stored by default")
    showing.add_argument("--kind", help="bars, quotes, trades, depth, funding or values of a symbol that has several")
    showing.set_defaults(run=show_data)
    building = add("build", "build bars from the stored trades, quotes or book of a symbol")
    building.add_argument("symbol", metavar="SYMBOL", help="a symbol with ticks in the catalogue")
    building.add_argument(
        "--from",
        dest="source",
        choices=["trades", "quotes", "depth"],
        help="by default the first of them that there is",
    )
    building.add_argument(
        "--every", default="1m", metavar="PERIOD", help="length of a bar, e.g. 1s, 1m, 1h; 1m by default"
    )
    building.add_argument("--calendar", help="exchange whose sessions the bars follow, e.g. XNYS")
    building.set_defaults(run=build_data)
    _declare_rehearse(
        add("rehearse", "play stored quotes and trades through the live feeds: bars, quality, what was unfit")
    )
    _declare_listen(
        add("listen", "hear the live data of the account that is set: bars as they close, quality, what is unfit")
    )
    _declare_fetch(add("fetch", "fetch bars from a source: only what is missing, going on where it was cut off"))
    acting = add("actions", "add splits and dividends from a file: date, split, dividend, known, symbol")
    acting.add_argument("path", metavar="FILE", help="CSV or Parquet; LEAN's factor files too")
    acting.add_argument("--symbol", help="of a file that names none; picks one from a file that names several")
    acting.set_defaults(run=record_actions)
    renaming = add("rename", "record that a symbol goes on under another name")
    renaming.add_argument("symbol", metavar="SYMBOL", help="the old name")
    renaming.add_argument("renamed_to", metavar="NEW", help="the new name")
    renaming.add_argument("day", metavar="DATE", help="first day under the new name, e.g. 2022-06-09")
    renaming.set_defaults(run=record_rename)
    ending = add("delist", "record that a symbol is traded no more")
    ending.add_argument("symbol", metavar="SYMBOL", help="a symbol of the catalogue")
    ending.add_argument("day", metavar="DATE", help="first day without trading, e.g. 2008-09-29")
    ending.add_argument("--reason", default="", help="told where its bars end")
    ending.set_defaults(run=record_delisting)
    for inner in (checking, showing):
        inner.add_argument("--period", help="needed where a symbol has several, e.g. 1d")


def _declare_import(importing: ArgumentParser) -> None:
    """Declare what only the one who has the file can know of it."""
    importing.add_argument("path", metavar="FILE", help="CSV, Parquet or zip; separator, header and order are detected")
    importing.add_argument("--symbol", help="of a file that names none; picks one from a file that names several")
    importing.add_argument("--tz", help="time zone of times without one, e.g. America/New_York; UTC by default")
    importing.add_argument("--stamp", choices=["auto", "open", "close"], default="auto", help="what a bar's time means")
    importing.add_argument("--calendar", help="exchange whose sessions the bars follow, e.g. XNYS")
    importing.add_argument("--period", help="length of a bar where it is not what it looks like, e.g. 1d")
    importing.add_argument("--adjustment", choices=["raw", "split", "total"], help="what the prices are adjusted for")
    importing.add_argument(
        "--dates", choices=["auto", "dmy", "mdy", "ymd"], default="auto", help="order of day and month"
    )
    importing.add_argument(
        "--as",
        dest="kind",
        choices=["bars", "quotes", "trades", "depth", "funding", "values"],
        help="what the rows are, where the columns do not say it",
    )
    importing.add_argument("--columns", metavar="NAMES", help="further columns of bars to keep, e.g. sentiment,oi")
    importing.add_argument("--add", action="store_true", help="join the bars to those that are there already")
    _add_terms(importing)
    importing.set_defaults(run=import_data)


def _declare_rehearse(rehearsing: ArgumentParser) -> None:
    """Declare what is played."""
    rehearsing.add_argument("symbols", metavar="SYMBOLS", help="symbols with ticks in the catalogue, e.g. IBM,SPY")
    rehearsing.add_argument("--every", default="1m", metavar="PERIOD", help="period of the bar sets; 1m by default")
    rehearsing.add_argument("--calendar", help="exchange whose sessions are expected, e.g. XNYS")
    rehearsing.add_argument(
        "--score-min", type=float, default=0.0, metavar="SCORE", help="exit with 1 below it, 0 to 100"
    )
    rehearsing.set_defaults(run=rehearse_data)


def _declare_listen(listening: ArgumentParser) -> None:
    """Declare what is heard, and for how long."""
    listening.add_argument(
        "symbols", nargs="+", metavar="SYMBOL", help="as the venue names them, e.g. AAPL MSFT, or BTC/USD"
    )
    listening.add_argument("--every", default="1m", metavar="PERIOD", help="period of the bar sets; 1m by default")
    listening.add_argument(
        "--for",
        dest="seconds",
        type=seconds_of,
        metavar="TIME",
        help="e.g. 10m, or 600 (seconds); until Ctrl-C by default",
    )
    listening.add_argument("--calendar", default="XNYS", help="exchange whose sessions are expected; XNYS by default")
    add_settings(listening)
    listening.set_defaults(run=listen_data)


def _declare_fetch(fetching: ArgumentParser) -> None:
    """Declare from where, and what of it."""
    fetching.add_argument(
        "source",
        metavar="SOURCE",
        help="yahoo, ccxt:EXCHANGE, or an address: 'https://host/{symbol}.csv?from={from}&to={to}'",
    )
    fetching.add_argument("symbols", metavar="SYMBOLS", help="as the source names them, e.g. AAPL,MSFT or BTC/USDT")
    fetching.add_argument("--from", dest="start", required=True, metavar="DATE", help="first date, e.g. 2020-01-01")
    fetching.add_argument("--to", dest="end", metavar="DATE", help="last date, included; now by default")
    fetching.add_argument("--every", default="1d", metavar="PERIOD", help="length of a bar, e.g. 1m, 1h; 1d by default")
    fetching.add_argument("--calendar", help="exchange whose sessions the bars follow, e.g. XNYS")
    fetching.add_argument("--tz", help="of an address: time zone of times without one; UTC by default")
    fetching.add_argument(
        "--stamp", choices=["open", "close"], default="open", help="of an address: what a bar's time means"
    )
    fetching.add_argument(
        "--adjustment",
        choices=["raw", "split", "total"],
        default="raw",
        help="of an address: what prices are adjusted for",
    )
    fetching.set_defaults(run=fetch_data)


def _add_terms(parser: ArgumentParser) -> None:
    """Declare the terms in which symbols are traded."""
    parser.add_argument(
        "--lot-size", type=float, metavar="SIZE", help="least quantity, in shares or coins, e.g. 0.0001"
    )
    parser.add_argument("--tick-size", type=float, metavar="SIZE", help="step of the price that fills are rounded to")
    parser.add_argument("--currency", help="in which prices are quoted; of pairs the second part, else USD")
    parser.add_argument("--multiplier", type=float, metavar="N", help="shares or coins in one contract, 1 by default")
    parser.add_argument("--min-notional", type=float, metavar="AMOUNT", help="least worth of an order, 0 by default")


def import_data(options: Namespace) -> int:
    """Import a file and write what was read, assumed and found."""
    from tenfold.app.importing import import_file

    names = ("symbol", "tz", "stamp", "calendar", "period", "adjustment", "dates", "kind", "add", *TERMS)
    columns = [name.strip() for name in (options.columns or "").split(",") if name.strip()]
    report = import_file(options.path, columns=columns, **{name: getattr(options, name) for name in names})
    write(options, report, report.lines())
    return 0


def set_data(options: Namespace) -> int:
    """Change contract terms and write them."""
    from tenfold.app.terms import set_terms

    report = set_terms(options.symbols, **{name: getattr(options, name) for name in TERMS})
    write(options, report, report.lines())
    return 0


def list_data(options: Namespace) -> int:
    """Write every set that can be read."""
    from tenfold.app.data import list_damaged, list_samples, list_sets

    sets, samples, damaged = list_sets(), list_samples(), list_damaged()
    lines = ["the catalogue is empty; `tenfold data import FILE` fills it"]
    if sets:
        columns = (
            "symbol",
            "kind",
            "period",
            "rows",
            "start",
            "end",
            "score",
            "adjustment",
            "lot_size",
            "tick_size",
            "currency",
        )
        lines = table(columns, [[getattr(one, name) for name in columns] for one in sets])
    lines += ["", "samples (--sample NAME):"]
    lines += [f"  {line}" for line in table(("name", "what it is"), [(one.symbol, one.label) for one in samples])[1:]]
    write(options, {"sets": sets, "samples": samples, "damaged": damaged}, lines)
    for line in damaged:
        note(f"warning: {line}")
    return 0


def check_data(options: Namespace) -> int:
    """Write the report of quality."""
    from tenfold.app.data import check_sample, check_set, list_samples, list_sets

    if not options.score_min >= 0.0:
        raise ParameterError(f"--score-min is {options.score_min}, expected a score of 0 or more")
    known = {one.symbol for one in list_sets()}
    if options.symbol not in known and options.symbol in {one.symbol for one in list_samples()}:
        reports = check_sample(options.symbol)
    else:
        reports = [check_set(options.symbol, period=options.period, calendar=options.calendar)]
    write(options, reports, [line for report in reports for line in report.lines()])
    return 1 if min(report.score for report in reports) < options.score_min else 0


def show_data(options: Namespace) -> int:
    """Write a set's description and rows."""
    from tenfold.app.data import show_set

    view = show_set(options.symbol, period=options.period, kind=options.kind, adjust=options.adjust, rows=options.rows)
    write(options, view, view.lines())
    return 0


def build_data(options: Namespace) -> int:
    """Build bars from ticks and write what was built."""
    from tenfold.app.building import build_bars

    report = build_bars(options.symbol, every=options.every, source=options.source, calendar=options.calendar)
    write(options, report, report.lines())
    return 0


def rehearse_data(options: Namespace) -> int:
    """Play ticks through live feeds and write what they made of them."""
    from tenfold.app.rehearsal import rehearse

    report = rehearse(options.symbols, every=options.every, calendar=options.calendar)
    write(options, report, report.lines())
    return 1 if report.score < options.score_min else 0


def listen_data(options: Namespace) -> int:
    """Listen, show what comes as it comes, and write what it is worth."""
    from tenfold.app.live.listening import listen
    from tenfold.app.settings import load_settings

    report = listen(
        ",".join(options.symbols), every=options.every, seconds=options.seconds, calendar=options.calendar, show=note,
        settings=load_settings(dict(options.set)),
    )  # fmt: skip
    write(options, report, report.lines())
    return 0


def fetch_data(options: Namespace) -> int:
    """Fetch bars and write what came; pages are told as they come."""
    from tenfold.app.fetching import fetch_bars

    names = ("start", "end", "every", "calendar", "tz", "stamp", "adjustment")
    chosen = {name: getattr(options, name) for name in names}
    report = fetch_bars(options.source, options.symbols, told=note, **chosen)
    write(options, report, report.lines())
    return 0


def record_actions(options: Namespace) -> int:
    """Add the actions of a file and write how many."""
    from tenfold.app.corporate import import_actions

    report = import_actions(options.path, symbol=options.symbol)
    write(options, report, report.lines())
    return 0


def record_rename(options: Namespace) -> int:
    """Record a rename."""
    from tenfold.app.corporate import rename_symbol

    report = rename_symbol(options.symbol, options.renamed_to, options.day)
    write(options, report, report.lines())
    return 0


def record_delisting(options: Namespace) -> int:
    """Record a delisting."""
    from tenfold.app.corporate import delist_symbol

    report = delist_symbol(options.symbol, options.day, reason=options.reason)
    write(options, report, report.lines())
    return 0
