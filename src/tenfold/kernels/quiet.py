"""Value a stretch of bars in which nothing but the price moves.

How it works. With one symbol and one strategy, and no rule that could act on its own, nothing happens between two
changes of the vote: the equity of each bar is cash plus lots at the mark, and the whole stretch is one vector pass.
"""

from typing import Any

from tenfold.kernels.records import MONEY_LIMIT

EIGHT = 0x0101010101010101  # eight ballots for long as one number; times -1 it is eight for short


def quiet_bars(
    account: Any, symbol: Any, rule: Any, term: Any, single: Any, base: int, first: int, start: int, stop: int,
    equities: Any,
) -> int:  # fmt: skip
    """Value bars from `start` until the vote changes or `stop` is reached, and return how many.

    `single` is `Single`, its ballots cast; row 0 of them is bar `base`; `equities[i + 1]` is written for bar `first` + i. Returns 0 where the account could be ruined or leave the range of exact money: `portfolio.run`
    then looks at every bar.
    """
    lots = symbol.lots
    cash = account.cash
    if lots != 0:
        size = lots if lots >= 0 else -lots
        worth = float(size) * term.mark_max
        if worth + abs(float(cash)) >= MONEY_LIMIT or (lots > 0 and cash < 0) or (lots < 0 and float(cash) <= worth):
            return 0
    count = unchanged(single.casts, single.words, start - base, stop - base, symbol.direction)
    if count == 0:
        return 0
    symbol.mark = single.line[start + count - 1]
    written = equities[start - first + 1 : start - first + 1 + count]
    if lots == 0:
        for i in range(len(written)):
            written[i] = cash
        return count
    prices = single.line[start : start + count]
    for i in range(len(written)):
        written[i] = cash + lots * prices[i]
    account.exposed += count
    account.net = lots * symbol.mark
    account.gross = account.net if account.net >= 0 else -account.net
    account.equity = cash + account.net
    return count


def cast_ballots(scores: Any, casts: Any, threshold: float, start: int, stop: int) -> None:
    """Turn scores into ballots, all rows from `start` to `stop` at once."""
    given = scores[start:stop]
    cast = casts[start:stop]
    for i in range(len(given)):
        cast[i] = int(given[i] >= threshold) - int(given[i] <= -threshold)


def unchanged(casts: Any, words: Any, start: int, stop: int, facing: int) -> int:
    """Return how many ballots from `start` equal `facing`; `words` is `casts` eight at a time."""
    alike = EIGHT * facing
    end = start
    while end < stop and end % 8 != 0 and casts[end] == facing:
        end += 1
    if end < stop and end % 8 == 0:
        word = end // 8
        last = stop // 8
        while word < last and words[word] == alike:
            word += 1
        end = word * 8
        while end < stop and casts[end] == facing:
            end += 1
    return end - start
