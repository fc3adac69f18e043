"""Hold what the examination of a fold found."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Hold the outcome of one test: `failed` is a fault of the fold, else the text is a remark."""

    test: str
    text: str
    failed: bool


@dataclass(frozen=True)
class CheckReport:
    """Hold what the examination found.

    Attributes
    ----------
    name : name of the fold
    values : parameters that it ran at
    symbols, bars : size of the history
    findings : one entry a test
    warm_up_bars : usable bars before the first finite score, the slowest symbol; None without any score
    settle_bars : usable bars after which the score no longer depends on where the history began, to 1e-9; None
        where that does not happen within these bars
    ns_per_bar, us_per_call : speed of the compiled fold in a loop and called once from Python; None when not timed
    long_frac, short_frac, abstain_frac : shares of the finite scores from +0.2 up, from -0.2 down and between
    """

    name: str
    values: Mapping[str, int | float]
    symbols: int
    bars: int
    findings: tuple[Finding, ...]
    warm_up_bars: int | None
    settle_bars: int | None
    ns_per_bar: float | None
    us_per_call: float | None
    long_frac: float
    short_frac: float
    abstain_frac: float

    @property
    def passed(self) -> bool:
        """Whether no test failed."""
        return not any(finding.failed for finding in self.findings)

    def lines(self) -> list[str]:
        """Return the report as lines of text."""
        values = ", ".join(f"{name}={value:g}" for name, value in self.values.items()) or "no parameters"
        text = [f"{self.name} ({values}) on {self.bars} bars of {self.symbols} symbol{'s' * (self.symbols != 1)}"]
        for finding in self.findings:
            text.append(f"  {'FAIL' if finding.failed else 'ok  '}  {finding.test}: {finding.text}")
        warm = "no score on these bars" if self.warm_up_bars is None else f"first score after {self.warm_up_bars} bars"
        settled = "not within these bars" if self.settle_bars is None else f"after {self.settle_bars} bars"
        text.append(f"  warm-up  {warm}; independent of where the history begins: {settled}")
        text.append(
            f"  scores   long {self.long_frac:.0%}, short {self.short_frac:.0%}, abstains {self.abstain_frac:.0%}"
        )
        if self.ns_per_bar is not None:
            text.append(f"  speed    {self.ns_per_bar:.1f} ns a bar, {self.us_per_call:.1f} µs a call from Python")
        text.append("  passed" if self.passed else f"  failed: {sum(f.failed for f in self.findings)} of the tests")
        return text
