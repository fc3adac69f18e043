"""Write the pages of reference that follow from the code: settings and commands."""

import argparse
import inspect
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from tenfold.app.cli.arguments import GROUPS, build_parser
from tenfold.app.settings import ENVIRONMENT_ONLY, PREFIX, Settings, described
from tenfold.domain.rules import Rules

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


def shown(value: object) -> str:
    """Return a default as it would stand in the file."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


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


PAGES = {"settings.md": settings_page, "commands.md": commands_page}


def main() -> int:
    """Write every page."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
