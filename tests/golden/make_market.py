"""Write `market.csv`: two symbols, three bars a session, in whole cents and lots, from integers alone.

Run once; the file is committed. Nothing but + - * and integer division made it, so that no machine changes it.
"""

import csv
from pathlib import Path


def main():
    state, prices = 20_240_108, [10_000, 4_000]

    def draw(below):
        nonlocal state
        state = (state * 1_103_515_245 + 12_345) % 2**31
        return (state // 65_536) % below

    with (Path(__file__).parent / "market.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["bar", "day", "symbol", "open", "high", "low", "close", "volume", "dividend"])
        for bar in range(180):
            day = bar // 3 + 2 * (bar // 15)  # a weekend after five sessions
            for symbol in range(2):
                trend = 40 if (bar // 30) % 2 == symbol else -40
                first = max(prices[symbol] + draw(121) - 60, 200)
                close = max(first + draw(401) - 200 + trend, 200)
                high, low = max(first, close) + draw(90), max(min(first, close) - draw(90), 100)
                volume = draw(4_000) * (draw(12) > 0)
                dividend = 50 if bar % 60 == 45 else 0
                prices[symbol] = close
                if draw(20) > 0:  # one bar in twenty is missing
                    writer.writerow([bar, day, "AB"[symbol], first, high, low, close, volume, dividend])


if __name__ == "__main__":
    main()
