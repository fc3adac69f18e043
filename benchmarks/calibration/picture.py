"""Draw power against false approvals, as SVG by hand: one panel for each strength of the edge."""

from collections.abc import Sequence
from typing import Any

WIDTH, HEIGHT = 420, 360
LEFT, TOP, RIGHT, BOTTOM = 56, 36, 16, 48
FALSE_MAX = 0.2
COLOURS = {"dsr_min": "#1f6f8b", "oos_psr_min": "#c8553d", "oos_sharpe_min": "#6a994e", "pbo_max": "#7b5ea7"}
NAMES = {
    "dsr_min": "deflated Sharpe ratio",
    "oos_psr_min": "probabilistic Sharpe ratio out of sample",
    "oos_sharpe_min": "Sharpe ratio out of sample",
    "pbo_max": "probability of overfitting",
}


Points = list[dict[str, float]]


def picture(curves: dict[str, Points], joint: Points, shipped: dict[str, Any], needed: dict[str, float]) -> str:
    """Return the picture.

    Parameters
    ----------
    curves : points of each gate alone, each with the threshold and the rate of each group
    joint : points of one gate, the others being as shipped
    shipped : rates of the gates that ship, by group
    needed : power that must be reached, by group of planted markets
    """
    panels = [
        f'<g transform="translate({number * WIDTH} 0)">{_panel(group, least, curves, joint, shipped)}</g>'
        for number, (group, least) in enumerate(needed.items())
    ]
    legend = [
        f'<g transform="translate({LEFT + 380 * (number % 2)} {HEIGHT + 18 + 20 * (number // 2)})">'
        f'<line x2="22" y1="-4" y2="-4" stroke="{COLOURS[gate]}" stroke-width="2.5"/><text x="28">{NAMES[gate]}</text></g>'
        for number, gate in enumerate(curves)
    ]
    legend.append(
        f'<g transform="translate({LEFT} {HEIGHT + 58})"><line x2="22" y1="-4" y2="-4" stroke="#111" stroke-width="2" '
        'stroke-dasharray="4 3"/><text x="28">deflated Sharpe ratio, the other gates as shipped</text></g>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH * len(needed)} {HEIGHT + 68}" '
        'font-family="system-ui, sans-serif" font-size="12" fill="#333" role="img">'
        "<title>Share of planted edges that are approved, over the share of noise that is</title>"
        '<rect width="100%" height="100%" fill="#fff"/>' + "".join(panels + legend) + "</svg>\n"
    )


def _panel(group: str, least: float, curves: dict[str, Points], joint: Points, shipped: dict[str, Any]) -> str:
    parts = [
        f'<text x="{LEFT}" y="20" font-weight="600">{group.replace("planted", "Best strategy at a Sharpe ratio of")}</text>'
    ]
    for tick in (0.0, 0.05, 0.1, 0.15, 0.2):
        x, _ = _at(tick, 0.0)
        parts.append(f'<line x1="{x}" x2="{x}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#e5e5e5"/>')
        parts.append(f'<text x="{x}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{tick:.0%}</text>')
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        _, y = _at(0.0, tick)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#e5e5e5"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{tick:.0%}</text>')
    x, y = _at(0.05, least)
    parts.append(
        f'<rect x="{LEFT}" y="{TOP}" width="{x - LEFT:.1f}" height="{y - TOP:.1f}" fill="#6a994e" opacity="0.12"/>'
    )
    parts += [_line(points, group, COLOURS[gate]) for gate, points in curves.items()]
    parts.append(_line(joint, group, "#111", ' stroke-dasharray="4 3"'))
    x, y = _at(shipped["noise"]["rate"], shipped[group]["rate"])
    parts.append(f'<circle cx="{x}" cy="{y}" r="6" fill="none" stroke="#111" stroke-width="2"/>')
    parts.append(f'<text x="{x + 10}" y="{y + 14}">shipped</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">noise that is approved</text>')
    parts.append(
        f'<text transform="translate(14 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">edges that are approved</text>'
    )
    return "".join(parts)


def _line(points: Sequence[dict[str, float]], group: str, colour: str, dashes: str = "") -> str:
    inside = [_at(point["noise"], point[group]) for point in points if point["noise"] <= FALSE_MAX]
    path = " ".join(f"{x},{y}" for x, y in inside)
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="2.2" fill="{colour}"/>' for x, y in inside)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>{dots}'


def _at(false: float, power: float) -> tuple[float, float]:
    """Return where rates lie in a panel."""
    across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    return round(LEFT + across * false / FALSE_MAX, 1), round(TOP + down * (1.0 - power), 1)
