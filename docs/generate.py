"""Write the pages of reference that follow from the code: settings, commands, strategies and indicators."""

import argparse
import importlib
import inspect
import math
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import numpy as np

from tenfold import indicators
from tenfold.app.capture_settings import CaptureSettings
from tenfold.app.cli.arguments import GROUPS, build_parser
from tenfold.app.settings import ENVIRONMENT_ONLY, PREFIX, Settings, described, described_fields
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.feed_settings import FeedSettings, QualitySettings, SourceSettings
from tenfold.domain.rules import Matching, Rules
from tenfold.domain.stages import RANK, STAGES
from tenfold.domain.units import NS_PER_DAY
from tenfold.domain.upkeep import Upkeep
from tenfold.domain.venue_access import VenueAccess
from tenfold.exchange.api.router import ROUTES
from tenfold.exchange.chaos import highest_rate
from tenfold.exchange.fault_names import FAULTS
from tenfold.exchange.faults import Switch
from tenfold.exchange.settings import AccountSettings, ExchangeSettings, ServerSettings, TradingSettings
from tenfold.exchange.trading.states import TABLE
from tenfold.kernels.fold import Fold
from tenfold.kernels.trial import run_plain
from tenfold.registry import STRATEGIES
from tenfold.research.promotion import GATES, LOWERED, LOWERING, ROLLING_DAYS, words_of_proof
from tenfold.simulation.profiles import PROFILES, SOURCES, differences

FOLDER = Path(__file__).parent / "reference"
COLUMNS = "100"


def settings_page() -> str:
    """Return the page of every setting."""
    lines = [
        "# Settings",
        "",
        "Settings come from one TOML file: the one that `TENFOLD_SETTINGS` names, else `tenfold.toml` in the current folder,",
        "else `tenfold.toml` in the user's configuration folder. A variable of the environment overrides the file, and",
        "`--set KEY=VALUE` overrides both. An unknown key is refused.",
        "",
        "```toml",
        'profile = "research"',
        "",
        "[rules.costs]",
        "fee_frac = 0.0005",
        "slippage_bps = 2.0",
        "```",
        "",
        "| key | accepts | default | variable |",
        "|---|---|---|---|",
    ]
    for key, accepts, default in described():
        variable = PREFIX + key.replace(".", "__").upper()
        lines.append(f"| `{key}` | {accepts} | {shown(default)} | `{variable}` |")
    lines += ["", "## What they mean", ""]
    for title, kind in groups():
        lines += [f"### `{title}`" if title else "### Top level", "", "```text", inspect.getdoc(kind) or "", "```", ""]
    lines += ["## Variables that are no settings", "", "| variable | what it does |", "|---|---|"]
    lines += [f"| `{name}` | {text} |" for name, text in ENVIRONMENT_ONLY.items()]
    return "\n".join(lines) + "\n"


def groups() -> Iterator[tuple[str, type]]:
    """Yield each group of settings with the type that holds it."""
    yield "", Settings
    yield "rules", Rules
    for name in Rules.__struct_fields__:
        value = getattr(Rules(), name)
        if hasattr(value, "__struct_fields__"):
            yield f"rules.{name}", type(value)
    yield "live", Upkeep
    yield "alpaca", VenueAccess
    yield "feeds", FeedSettings
    yield "feeds.quality", QualitySettings
    yield "feeds.sources, each", SourceSettings
    yield "capture", CaptureSettings


def shown(value: object) -> str:
    """Return a default as it would stand in the file."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def venues_page() -> str:
    """Return the page of the profiles of venues: every convention, and where each profile's values come from."""
    lines = [
        "# Venues",
        "",
        "Platforms differ in conventions that no bar decides. Each is a setting, and `venue` chooses those of one platform by name:",
        '`--venue lean`, `venue = "lean"` in the settings, `backtest(..., venue="lean")`, or',
        '`profile_of("lean", account=Account(cash=50_000.0))` of `tenfold.simulation.profiles` for whole rules. What a file, a variable,',
        "an option or a given section sets wins over the profile. `--limits` is apart from it: what the account may risk.",
        "",
        f"| setting | {' | '.join(PROFILES)} |",
        f"|---|{'---|' * len(PROFILES)}",
    ]
    changed = {setting for name in PROFILES for setting in differences(name)}
    conventions = [f"matching.{field}" for field in Matching.__struct_fields__]
    for setting in [*conventions, *sorted(changed - set(conventions))]:
        section, field = setting.split(".")
        values = [shown(getattr(getattr(rules, section), field)) for rules in PROFILES.values()]
        lines.append(f"| `{setting}` | {' | '.join(values)} |")
    lines += ["", "[Settings](settings.md) say what each value means.", "", "## Where they come from", ""]
    lines += ["| profile | setting | how it is known |", "|---|---|---|"]
    for name, sources in SOURCES.items():
        lines += [f"| {name} | `{one.setting}` | {one.how}: {one.text} |" for one in sources]
    lines += ["", "[Coming from another platform](../how-to/coming-from.md) tells what is deliberately not copied."]
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """Return the page of every command, as `--help` shows it."""
    os.environ["COLUMNS"] = COLUMNS
    program = build_parser()
    lines = ["# Commands", "", "```text", program.format_help().strip(), "```", ""]
    for modules in GROUPS.values():
        for module in modules:
            name = module.__name__.rpartition(".")[2]
            lines += [f"## `tenfold {name}`", ""]
            for parser in parsers(inner(program)[name]):
                lines += ["```text", parser.format_help().strip(), "```", ""]
    return "\n".join(lines)


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a command's parser, or those of its sub-commands."""
    yield parser
    for child in inner(parser).values():
        yield from parsers(child)


def inner(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the sub-commands of a parser by name."""
    actions = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(actions[0].choices) if actions else {}


BLOCKS = {
    "averages": "Averages",
    "smoothing": "Averages with less lag",
    "differences": "Differences of averages",
    "dispersion": "Dispersion",
    "distribution": "Distribution",
    "persistence": "Persistence",
    "extremes": "Extremes",
    "levels": "Levels",
    "oscillators": "Oscillators",
    "pressure": "Pressure",
    "ranges": "Ranges and direction",
    "trends": "Trends",
    "volatility": "Volatility",
    "regression": "Regression",
    "volumes": "Volume",
    "flows": "Flows",
    "candles": "Candlestick patterns",
    "frames": "Larger bars",
    "arithmetic": "Bounds and comparisons",
}

INDICATORS_HEAD = """# Indicators

Every building block that a strategy file imports from `tenfold.indicators`. An indicator is a function over a record of its own:
name the record in the state of the fold, pass it as the first argument, and it returns the value of this bar, NaN until it is warm.

```python
from tenfold.indicators import Integer, Rsi, State, fold, rsi


@fold(length=Integer(2, 30), state=State(rsi=Rsi))
def oversold(state, bar, params):
    \"\"\"Long below 30, short above 70.\"\"\"
    index = rsi(state.rsi, bar.close, params.length)
    if index < 30.0:
        return 1.0
    if index > 70.0:
        return -1.0
    return index * 0.0
```

All zeros is the initial state. A record with a window takes its room from the parameter of the same name, else from the largest
`Integer` parameter; `Mean(500)` fixes it. What TA-Lib knows equals TA-Lib to 1e-9, seeds included, except where nothing moves:
`rsi` and `mfi` then stand at 50 (neutral), not at 0.

The step is O(1), amortised where a window is kept, except where it says O(length). *Warm after* counts the bars it is shown, the one that
gives the first value included.
"""

DECLARING = """## Declaring a strategy

| name | meaning |
|---|---|
| `fold` | declare `(state, bar, params) -> score` as a strategy of one symbol |
| `panel_fold` | declare `(states, bars, params, scores)` as a strategy over all symbols of one moment |
| `Integer(low, high, default=None, log=False)` | space of a whole parameter |
| `Real(low, high, default=None, log=False)` | space of a real parameter |
| `State(**fields)` | name the state: `float`, `int`, a record of this page, or a window |
| `layout(name, **fields)` | name a record of your own |
| `window`, `window_int` | a field that keeps the last values |
"""


def indicators_page() -> str:
    """Return the page of every building block of folds."""
    lines, records = [INDICATORS_HEAD], set()
    for name, title in BLOCKS.items():
        module = importlib.import_module(f"tenfold.kernels.indicators.{name}")
        lines += [f"## {title}", "", "| function | record | returns | warm after |", "|---|---|---|---|"]
        for key, value in vars(module).items():
            offered = key in indicators.__all__ and not key.startswith("_")
            if offered and isinstance(value, FunctionType) and value.__module__ == module.__name__:
                lines.append(indicator_row(module.__doc__ or "", value))
        records |= {key for key in vars(module) if key in indicators.__all__ and key[0].isupper() and not key.isupper()}
        lengths = [key for key in vars(module) if key in indicators.__all__ and key.isupper() and len(key) > 2]
        if lengths:
            lines += ["", f"Lengths: {', '.join(f'`{key}`' for key in lengths)}."]
        lines.append("")
    named = ", ".join(f"`{name}`" for name in sorted(records))
    return "\n".join([*lines, DECLARING, "## Records", "", f"{named}.", ""])


def indicator_row(about: str, function: FunctionType) -> str:
    """Return one row of the table: the call, its record, what it returns with its source, and when it is warm."""
    text = " ".join((inspect.getdoc(function) or "").split())
    arguments = list(inspect.signature(function).parameters)
    warm = re.search(r"Warm after (.+? (?:values?|bars?|pairs))\b", text)
    text = re.sub(r" ?Warm after [^.;]+([.;] ?|$)", " ", text).strip()
    text = text.removeprefix("Return ")
    record = ""
    if arguments[0] == "state":
        own = "".join(part.capitalize() for part in function.__name__.split("_"))
        mentioned = [name for name in re.findall(r"`([A-Z]\w+)`", f"{text} {about}") if name in indicators.__all__]
        record = f"`{own if own in indicators.__all__ else mentioned[0]}`"
    call = f"{function.__name__}({', '.join(arguments)})"
    return f"| `{call}` | {record} | {text} | {warm[1] if warm else ''} |"


STRATEGIES_HEAD = """# Strategies

Shipped strategies by name, for `tenfold backtest NAME` and `backtest("NAME", bars)`. Each scores a bar from -1 (short) to +1 (long); 0 abstains, and there
is no score until it is warm. Defaults suit daily bars. They are known ideas with their sources, not promises: run `tenfold check NAME` for
warm-up and speed, and judge a result only with its odds.
"""


def strategies_page() -> str:
    """Return the page of every shipped strategy."""
    groups: dict[str, list[str]] = {}
    for name in STRATEGIES.table:
        module = importlib.import_module(STRATEGIES.place(name).partition(":")[0])
        groups.setdefault(module.__name__.rpartition(".")[2].replace("_", " ").capitalize(), []).append(name)
    lines = [STRATEGIES_HEAD, "| group | strategies |", "|---|---|"]
    lines += [
        f"| {group} | {', '.join(f'[{n}](#{n})' for n in sorted(names))} |" for group, names in sorted(groups.items())
    ]
    for group, names in sorted(groups.items()):
        lines += ["", f"## {group}"]
        for name in sorted(names):
            fold = STRATEGIES.load(name)
            lines += ["", f"### {name}", ""]
            lines += ["\n\n".join(" ".join(part.split()) for part in fold.doc.split("\n\n"))]
            lines += ["", f"Warm after {warm_up_bars(fold)} daily bars at its defaults."]
            lines += ["", "| parameter | from | to | default |", "|---|---|---|---|"]
            lines += [f"| `{key}` | {p.low:g} | {p.high:g} | {p.initial:g} |" for key, p in fold.parameters.items()]
    return "\n".join(lines) + "\n"


def warm_up_bars(fold: Fold) -> int:
    """Return the daily bars up to the first score at the defaults, that bar included."""
    random, count, symbols = np.random.default_rng(1), 520, 3 if fold.panel else 1
    days = [day for day in range(11_000, 11_000 + 2 * count) if (day + 3) % 7 < 5][:count]
    close = 100.0 * np.exp(np.cumsum(random.normal(0.0, 0.01, (count, symbols)), axis=0))
    prices = (close, close * 1.01, close * 0.99, close * np.exp(random.normal(0.0, 0.003, close.shape)))
    ts_ns = np.array(days, np.int64) * NS_PER_DAY
    names = [f"S{i}" for i in range(symbols)]
    bars = bars_from_arrays(names, ts_ns, *prices, np.full(close.shape, 1e5), period_ns=NS_PER_DAY)
    with np.errstate(all="ignore"):
        scores = run_plain(fold, bars.rows, fold.defaults)
    return int(np.isfinite(scores).all(axis=1).argmax()) + 1


FAULTS_HEAD = """# Faults of the simulated exchange

Each of these is a switch by name: how likely it is at each occasion, after how many occasions, how often at most. Chance comes from the
seed of the exchange, a stream for each fault, so that one does not move another and a run can be had again.

```sh
tenfold exchange --port 0 --speed max --stop-at-end --fault lost_event=0.05 --fault halt=0.001,value=60,limit=2
```

In a file, for `--faults FILE`:

```yaml
lost_event: 0.05
restart: {rate: 1, after: 1000, limit: 1}
slow_response: {rate: 0.1, value: 2.5}
```

`--chaos SEED` leaves out some of them and draws a probability for each of the others; what a file or `--fault` says wins over it. While the exchange runs,
`GET /tenfold/admin/faults` shows what is on and how often it struck, and a PUT of the same names as JSON changes it; `null` switches one off:

```bash
curl -X PUT http://127.0.0.1:8710/tenfold/admin/faults -d '{"lost_event": 0.5, "halt": null}'
```
"""

PLACES = {
    "rest": "REST",
    "stream": "Streams",
    "market": "Market data",
    "order": "Orders",
    "broker": "The exchange as a whole",
}


def faults_page() -> str:
    """Return the page of every fault."""
    lines = [FAULTS_HEAD, "## What a switch holds", "", "```text", inspect.getdoc(Switch) or "", "```"]
    for where, title in PLACES.items():
        lines += ["", f"## {title}", "", "| fault | what it does | value | at most by chaos |", "|---|---|---|---|"]
        for name, fault in FAULTS.items():
            if fault.where == where:
                value = f"{fault.value:g} {fault.unit}" if fault.unit else ""
                lines.append(f"| `{name}` | {fault.text} | {value} | {100.0 * highest_rate(name):g} % |")
    return "\n".join(lines) + "\n"


EXCHANGE_HEAD = """# Settings of the simulated exchange

`tenfold exchange --settings FILE` reads them from TOML or YAML; the options of the command win over the file. What Alpaca does not document, and what differs between
its plans, is a setting here and not a guess in the code.

```toml
speed = "60x"
symbols = ["AAPL", "MSFT"]

[trading]
multiplier = 2

[[trading.accounts]]
name = "one"
key = "PKONE"
secret = "one"
cash = 25000.0
```

| key | accepts | default |
|---|---|---|
"""


def exchange_page() -> str:
    """Return the page of the exchange's settings."""
    lines = [EXCHANGE_HEAD.rstrip()]
    for key, accepts, default in described_fields(ExchangeSettings, ExchangeSettings(), ""):
        nested = isinstance(default, (list, dict)) and bool(default)
        lines.append(f"| `{key}` | {accepts or 'a table'} | {'see below' if nested else shown(default)} |")
    kinds = {
        "": ExchangeSettings,
        "trading": TradingSettings,
        "trading.accounts": AccountSettings,
        "server": ServerSettings,
    }
    for title, kind in kinds.items():
        lines += ["", f"## `{title}`" if title else "## Top level", "", "```text", inspect.getdoc(kind) or "", "```"]
    return "\n".join(lines) + "\n"


ENDPOINTS_HEAD = """# Endpoints of the simulated exchange

REST and streams share one address; a client keeps Alpaca's own paths. Who asks shows a key pair of the [settings](exchange.md) in `APCA-API-KEY-ID` and
`APCA-API-SECRET-KEY`, as Basic, or as a Bearer token `KEY:SECRET`. Every answer carries an `X-Request-ID`; refusals have Alpaca's `code` and
`message`. `GET /openapi.json` describes all of it for other tools; what a query may hold stands there too.
"""

STREAMS = {
    "/stream": "events of orders: authenticate, listen",
    "/v2/{feed}": "market data of stocks: iex, sip, delayed_sip, otc, boats, overnight, test",
    "/v1beta3/crypto/{loc}": "market data of coins",
    "/v2/events/trades": "events of orders as server-sent events, from any of them on",
    "/tenfold/lockstep": "the channel on which a client says that it is done with a moment",
    "/tenfold/admin/{faults,clock,status}": "what an operator may turn",
}

NOT_SERVED = {
    "POST /v2/positions/{symbol_or_contract_id}/exercise": "options are not traded",
    "multi-leg orders (`mleg`)": "options are not traded; refused with 422",
    "/v1beta1/options/...": "options are not traded; the list of their contracts is empty",
    "/v1beta1/news": "there is no news",
    "/v1beta1/screener/...": "there is no screener",
    "/v1/corporate-actions": "the trading API's announcements tell what has happened",
    "/v1beta1/crypto/..., /v1beta2/crypto/...": "retired by Alpaca for v1beta3",
    "/v1beta1/crypto-perps/..., /v1beta1/forex/..., fixed income": "not traded",
    "/v1beta1/logos/...": "there are no pictures",
    "Broker API": "accounts are [settings](exchange.md)",
    "codes 408 and 411 of the market data stream": "they tell of plans without API v2 and of keys without a scope, which no account has here; never sent",
    "`imbalances` of the market data stream": "may be subscribed to; the data have none, so none is sent",
}


def endpoints_page() -> str:
    """Return the page of what the exchange serves, and what it does not."""
    lines = [ENDPOINTS_HEAD]
    for api, title in (("trading", "Trading"), ("data", "Market data")):
        lines += [f"## {title}", "", "| method | path | what it does | success |", "|---|---|---|---|"]
        lines += [f"| {one.method} | `{one.path}` | {one.summary} | {one.status} |" for one in ROUTES if one.api == api]
        lines.append("")
    lines += ["## Streams and our own", "", "| path | what it does |", "|---|---|"]
    lines += [f"| `{path}` | {text} |" for path, text in STREAMS.items()]
    lines += ["", "## Not served", "", '404, `{"code": 40410000, "message": "endpoint not found."}`.', ""]
    lines += ["| what | why |", "|---|---|", *(f"| {what} | {why} |" for what, why in NOT_SERVED.items())]
    return "\n".join(lines) + "\n"


EXCHANGE_ORDERS_HEAD = """# Orders and accounts of the simulated exchange

What an order may be, what it ties up, and what may follow what. Codes and texts of refusals are Alpaca's where they are known.

## What is refused

| what | answer |
|---|---|
| a body that is no JSON | 400, `40010000` |
| a field that is absent, unknown or no number; a `client_order_id` that was ever used before; both or neither of `qty` and `notional` | 422, `40010001` |
| a price between the steps (a cent, a hundredth of one below a dollar); extended hours for anything but a limit order of the day; fractions that are not of the day; exits on the wrong side; an auction that takes no more orders (`opg` from two minutes before the open, `cls` from ten before the close, both until 19:00 New York) | 422, `42210000` |
| more than the buying power; more than is there and not held by other orders, which also keeps an order from turning long into short; a short sale of what is not easy to borrow; an order that opens on one side while another one of the symbol is to open on the other, whatever their prices; an order that could trade with another one of the account (save brackets, OCO and OTO); an account that may only close | 403, `40310000` |
| an order or a position that is not there | 404, `40410000` |

## What an order ties up

An opening order reserves its limit times its quantity; a market order that buys 4 % above the ask, 2.5 % from 50 dollars on; a stop that buys as much beyond its price; a short sale the larger of its limit and the ask with `trading.short_collar_frac`. Closing orders reserve nothing and free nothing
before they fill. A replacement reserves the larger of both. Of a position, open closing orders hold their quantity; of exits that exclude each other one counts.

With multiplier *m* (4, or 2; 1 below 2,000 dollars of equity) an account's

- equity is cash, plus what positions are worth at the last price, less fees that are not paid yet;
- buying power is *m* times (equity − what is not marginable − marginable positions and reservations / *m*), and no less than 0;
- initial and maintenance margin are `trading.initial_margin_frac` and the larger of `trading.maintenance_margin_frac` and the asset's own, of each position.

At the end of every minute an account whose equity does not cover its positions at *m* may only close (`trading.intraday_margin`), and so may one whose positions are worth
more than `trading.position_multiple_max` times its equity. The pattern-day-trader rule, which ended in June 2026, is a switch (`trading.day_trader_rule`).

Activities are the whole truth about cash: what an account opened with (`CSD`), executions (`FILL`), fees of the day, rounded to cents and paid as it ends (`FEE`, of coins `CFEE`), dividends (`DIV`)
and splits (`SPLIT`) sum up to it.

## Families of orders

The legs of a bracket or an OTO are `held` until the entry has filled whole. Then the leg that takes the profit is `new`; the one that limits the loss stands at the
venue too, and is shown as `held` until it trades. A leg that fills in part takes as much off the other; one that fills whole ends it. Who cancels any of them cancels all. An
entry that is cancelled after it filled in part takes its legs with it.

## Sessions

Outside its session an order is `accepted` and waits for 09:30, with extended hours for 04:00; auction orders wait at the venue. What is for the day expires at the close, with
extended hours at 20:00, `gtc` after 90 days. A split restates resting orders (`restated`); a dividend lowers those that rest below the market and are good till cancelled, save
those of families.

## What Alpaca does otherwise

| here | at Alpaca |
|---|---|
| a cancel is done at once, at night too, and an order for an auction can be cancelled up to it; faults as `pending_cancel_stuck` and `cancel_rejected` let that go wrong | what is cancelled at night may stay `pending_cancel` until the market opens, and so does an order for an auction from when that takes no more of them: it trades in it, or ends with it |
| each leg of a family that ends is told, and open orders are listed with their legs | that the stop of a pair is gone may not be told, its target may be told as `replaced` as the stop triggers, and legs that are `held` may be missing from the list of open orders |
| where bars are traded a purchase at the market or by a stop fills at whatever price the bar opens; in books it is bounded as at Alpaca | a stop that buys becomes a limit order 4 % above itself, 2.5 % from 50 dollars on, and may be left behind |
| a split restates all resting orders | those of families are sent as do-not-reduce and do-not-cancel: quantity and prices stay those of before the split; trailing stops are adjusted or cancelled as Alpaca sees fit |
| a dividend is paid, or owed on what was sold short, before trading of its ex-date | it is paid days or weeks later; until then equity is lower by it |
| all that has data may be sold short, for ever, at any price, for nothing | what is easy to borrow changes by the day, and may be called back; borrowing costs; after a fall of a tenth a short sale has to be above the best bid (SEC Rule 201) |
| no fees but those of a destination, and no interest | the fees of regulators on sales, and interest on cash below zero |
| the multiplier of the day holds over night, and no position is ever closed by force | over night equity has to cover half of what is held; what a margin call asks for and does not get is sold |
| cash of a sale is there at once | trades settle on the next session, which counts in an account without margin |
| neither mergers and spin-offs nor new names and delistings | they happen |
| executions are in whole cents | prices may be better by fractions of a cent |
| `iex` tells what `sip` does | it tells the trades and quotes of one exchange, a few per cent of all |

The order management of Tenfold expects what the right column says of cancels and of legs.

## What may follow what

`before` is the status that an order had before it was pending, `same` is no change.

| event | from | to |
|---|---|---|
"""


def exchange_orders_page() -> str:
    """Return the page of what the exchange's orders and accounts may."""
    rows = [f"| `{event}` | {', '.join(sorted(whence))} | {then} |" for event, (whence, then) in TABLE.items()]
    return EXCHANGE_ORDERS_HEAD + "\n".join(rows) + "\n"


LADDER_HEAD = """\
# The gates of the ladder

What opens each stage, out of what was shown on the stage before: sessions and round trips at least, and every test. Bounds are one-sided, at 95 %. [How to
climb](../how-to/promote.md) says how; [why these](../decisions/0030-a-ladder-of-signed-records.md) says why. A figure that could not be measured passes nothing.
A round trip counts as soon as it is entered, also one that is still open at the end. Where the market was shut as a bar was decided on, as on the last one of a
session, nothing is opened live, and the backtest of these tests opens nothing on it either. Breakers stop that backtest where they have stopped the run, by whatever, and nowhere else.

| stage | from | sessions | round trips | test | wanted |
|---|---|---|---|---|---|
"""
LADDER_END = """
| test | how it is measured | source |
|---|---|---|
| deflated Sharpe ratio | of the vote on all data, in excess of the market's share, given every trial ever made on them | Bailey, López de Prado (2014) |
| probabilistic Sharpe ratio | that the true Sharpe ratio on the tests of the walk forward is above 0, in excess of the market's share | Bailey, López de Prado (2012) |
| resampled paths that lose | stationary bootstrap of the returns on those tests, blocks of the optimal length | Politis, Romano (1994); Patton, Politis, White (2009) |
| drawdown within a year | the same paths over a year, scaled to a volatility of 10 % | the same |
| trades that the backtest makes too | filled on the same side of the same symbol in the same bar, in size within a tenth; of all that either of both made, save by breakers and halts, and by hand | Wilson (1927) |
| cost against the backtest | of those trades, over their value at the backtest's prices | Cochran (1977), ch. 6 |
| less than the backtest earns | mean of backtest minus run a session, at full size; blocks of sessions are resampled | Politis, Romano (1994) |

## What demotes

Shown to fail is what lies beyond its bound with the whole confidence interval, of 99.9 % there, since it is asked each evening. The last {rolling} sessions are looked at, and of trades, where those are fewer than 20, all; what is too few shows nothing.

| on | what | leads to |
|---|---|---|
"""


def ladder_page() -> str:
    """Return the gates of the ladder, and what demotes."""
    rows = []
    for stage, gate in GATES.items():
        below = STAGES[RANK[stage] - 1]
        for place, bound in enumerate(gate.bounds):
            lead = f"{stage} | {below} | {gate.days} | {gate.trades}" if place == 0 else " | | | "
            least = math.isfinite(bound.least)
            sign, value = ("at least", bound.least) if least else ("at most", bound.most)
            rows.append(f"| {lead} | {bound.words} | {sign} {bound.shown.format(value)} |")
    end = [LADDER_END.format(rolling=ROLLING_DAYS).lstrip("\n")]
    for stage, lower in LOWERED.items():
        above = GATES[STAGES[min(RANK[stage] + 1, len(STAGES) - 1)]]
        tests = "; ".join(words_of_proof(bound) for bound in above.bounds if bound.proven)
        end.append(f"| {stage} | a breaker at its limit ({', '.join(sorted(LOWERING))}); {tests} | {lower} |\n")
    return LADDER_HEAD + "\n".join(rows) + "\n\n" + "".join(end)


PAGES = {
    "settings.md": settings_page,
    "ladder.md": ladder_page,
    "commands.md": commands_page,
    "venues.md": venues_page,
    "faults.md": faults_page,
    "exchange.md": exchange_page,
    "exchange-orders.md": exchange_orders_page,
    "exchange-endpoints.md": endpoints_page,
    "strategies.md": strategies_page,
    "indicators.md": indicators_page,
}


def main() -> int:
    """Write every page."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
