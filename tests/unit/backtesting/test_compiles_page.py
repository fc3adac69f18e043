"""The page of what the compiled path takes is the table itself."""

from tenfold.backtesting.compiles import TABLE

PAGE = "docs/reference/compiles.md"


def rendered():
    rows = [f"| {area} | {what} | {path} |" for area, what, path in TABLE]
    return "\n".join(["| area | what | path |", "|---|---|---|", *rows])


def test_the_page_shows_every_row(root):
    assert rendered() in (root / PAGE).read_text(), f"put this into {PAGE}:\n{rendered()}"
