#!/usr/bin/env python3
"""Draws docs/images/performance.svg from Benchmarks/breakdown.json: where time and memory go, as bars of parts.

    Benchmarks/picture.py

The file holds a list of bars: `name`, `unit`, `limit` (what it is held against, drawn as a line; may be absent) and
`parts`, pairs of a name and a value. All bars of one unit have one scale. The values are read off profiles by hand, as
docs/performance.md says, and are written there.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
WIDTH, LEFT, BAR, GAP = 960, 20, 30, 74
# Told apart also by those who do not see all colours, and with names of their own beside.
COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999999", "#f0e442"]


def drawn(bars: list[dict[str, object]]) -> str:
    scale = {}
    for bar in bars:
        total = max(sum(value for _, value in bar["parts"]), bar.get("limit", 0))
        scale[bar["unit"]] = max(scale.get(bar["unit"], 0), total)
    lines = []
    top = 10
    for bar in bars:
        unit = bar["unit"]
        factor = (WIDTH - 2 * LEFT) / scale[unit]
        total = sum(value for _, value in bar["parts"])
        limit = bar.get("limit")
        bound = f"; dashed, what it is held against: {limit:g}" if limit else ""
        title = f"{bar['name']}: {total:g} {unit}{bound}"
        lines.append(f'<text x="{LEFT}" y="{top + 14}" class="name">{escape(title)}</text>')
        left = legend = float(LEFT)
        row = top + 69
        for colour, (name, value) in zip(COLOURS, bar["parts"], strict=False):
            width = value * factor
            lines.append(f'<rect x="{left:.1f}" y="{top + 22}" width="{width:.1f}" height="{BAR}" fill="{colour}"/>')
            label = f"{name} {value:g}"
            length = 30 + 6.4 * len(label)
            if legend + length > WIDTH:
                legend, row = float(LEFT), row + 18
            lines.append(f'<rect x="{legend:.1f}" y="{row - 9}" width="10" height="10" fill="{colour}"/>')
            lines.append(f'<text x="{legend + 14:.1f}" y="{row}">{escape(label)}</text>')
            left += width
            legend += length
        if limit:
            x = LEFT + limit * factor
            lines.append(f'<path d="M{x:.1f} {top + 18}v{BAR + 8}" stroke="#000" stroke-width="2" stroke-dasharray="4 3"/>')
        top = row + GAP - 39
    style = "text{font:12px sans-serif;fill:#333}.name{font-weight:bold}@media(prefers-color-scheme:dark){text{fill:#ddd}}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" role="img">'
    name = "<title>Where time and memory go</title>"
    return "\n".join([head, name, f"<style>{style}</style>", *lines, "</svg>", ""])


if __name__ == "__main__":
    bars = json.loads((HERE / "breakdown.json").read_text())
    (HERE.parent / "docs" / "images" / "performance.svg").write_text(drawn(bars))
