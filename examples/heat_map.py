"""Sweep 288 crossings over the S&P 500 and write their heat map."""

from pathlib import Path

from tenfold import sample_bars, sweep

result = sweep(
    "crossing", sample_bars("us-indices", "SP500"), grid={"fast": range(5, 61, 5), "slow": range(20, 251, 10)}
)
print(result.table.sort("sharpe", descending=True).head(5))
result.heatmap("fast", "slow", "sharpe").write_html(Path("heat_map.html"))
