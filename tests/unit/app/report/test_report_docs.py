import re

from tenfold.app.result import Result


def test_every_section_stands_in_the_table(root, plain_run, tmp_path):
    page = (root / "docs/reference/report.md").read_text()
    text = Result(plain_run).report(tmp_path / "r.html").read_text()
    for anchor in re.findall(r'<section id="(\w+)"', text):
        assert f"`{anchor}`" in page
    rows = [line for line in page.splitlines() if line.startswith("| ") and " | " in line]
    assert len({line.count("|") for line in rows[1:]}) == 1
