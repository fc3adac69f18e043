"""Build HTML from values: everything that is not markup of our own is escaped."""

import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any


class Markup(str):
    """Mark text as HTML that is safe already."""

    __slots__ = ()

    def __add__(self, other: object) -> "Markup":
        return Markup(str.__add__(self, text(other)))


def text(value: object) -> Markup:
    """Return a value as HTML, escaped unless it is `Markup`."""
    return value if isinstance(value, Markup) else Markup(escape(str(value)))


def element(tag: str, *children: object, **attributes: object) -> Markup:
    """Return an element; attributes are escaped, `class_` is `class`, underscores read as hyphens, None is left out."""
    pairs = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag == "input":
        return Markup(f"<{tag}{pairs}>")
    return Markup(f"<{tag}{pairs}>{''.join(text(child) for child in children)}</{tag}>")


def joined(parts: Iterable[object]) -> Markup:
    """Return the parts one after another."""
    return Markup("".join(text(part) for part in parts))


def table(
    head: Sequence[object], rows: "Iterable[Sequence[object] | Row]", *, words: int = 1, class_: str = ""
) -> Markup:
    """Return a table that scrolls sideways on its own; the first `words` columns hold words, the others numbers."""

    def cells(tag: str, row: Sequence[object]) -> Markup:
        return joined(
            element(tag, cell, class_="word" if i < words else "number")
            if not isinstance(cell, Cell)
            else cell.markup(tag)
            for i, cell in enumerate(row)
        )

    body = joined(
        row.markup(cells("td", row.cells)) if isinstance(row, Row) else element("tr", cells("td", row)) for row in rows
    )
    return element(
        "div",
        element(
            "table", element("thead", element("tr", cells("th", head))), element("tbody", body), class_=class_ or None
        ),
        class_="scroll",
    )


class Row:
    """Hold a row that a click brings into view in the charts; `stretch` is that of `document.jump`."""

    def __init__(self, cells: Sequence[object], stretch: str) -> None:
        self.cells = cells
        self.stretch = stretch

    def markup(self, inner: Markup) -> Markup:
        """Return the row as an element around its cells."""
        return element("tr", inner, data_range=self.stretch, tabindex=0)


class Cell:
    """Hold a table cell with a class, a style or a hint of its own; `data` is the value by which it sorts."""

    def __init__(
        self, content: object, class_: str = "number", style: str = "", title: str = "", data: str = ""
    ) -> None:
        self.content = content
        self.class_ = class_
        self.style = style
        self.title = title
        self.data = data

    def markup(self, tag: str) -> Markup:
        """Return the cell as an element."""
        return element(tag, self.content, class_=self.class_, style=self.style or None, title=self.title or None,
                       data_value=self.data or None)  # fmt: skip


def section(anchor: str, title: str, *children: object, lead: object = "") -> Markup:
    """Return a titled section; `lead` says in words what is shown, `anchor` is its name in the list of sections."""
    return element(
        "section",
        element("h2", title),
        element("p", lead, class_="lead") if lead else "",
        *children,
        id=anchor,
    )


def embedded_json(value: Any) -> Markup:
    """Return JSON that cannot end the script element it stands in."""
    raw = json.dumps(value, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        raw = raw.replace(character, f"\\u{ord(character):04x}")
    return Markup(raw)
