"""A figure: what Ingot takes or does, beside what a yardstick takes or does in the same run."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field


def quantile(samples: list[float], share: float) -> float:
    """The sample that `share` of all are not above."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


@dataclass
class Yardstick:
    """Something of somebody else that does the same, or the least that the machine can do it in."""

    name: str
    # One a round, of the same rounds as the figure's own.
    samples: list[float]


@dataclass
class Figure:
    """`samples` has one value a round; a round measures Ingot and every yardstick, one after the other."""

    name: str
    unit: str
    samples: list[float]
    yardsticks: list[Yardstick] = field(default_factory=list)
    is_higher_better: bool = False
    # In words, for the table; and whether it was met, when there is one.
    target: str | None = None
    is_met: bool | None = None
    # Whether the quick form keeps watch over the ratio to the first yardstick.
    is_watched: bool = True

    def __post_init__(self) -> None:
        if not self.samples:
            raise ValueError(f"{self.name}: nothing was measured")
        for yardstick in self.yardsticks:
            if len(yardstick.samples) != len(self.samples):
                raise ValueError(f"{self.name}: {yardstick.name} was measured in other rounds")

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    def ratios(self, yardstick: Yardstick) -> list[float]:
        """Ingot's value over the yardstick's, by rounds: what drifts from round to round drifts out."""
        return [own / other for own, other in zip(self.samples, yardstick.samples, strict=True)]

    def ratio(self, yardstick: Yardstick) -> float:
        return statistics.median(self.ratios(yardstick))

    @property
    def watched_ratio(self) -> float | None:
        """The ratio that the quick form compares with the one that was kept."""
        return self.ratio(self.yardsticks[0]) if self.is_watched and self.yardsticks else None

    def has_fallen(self, kept: float, allowance: float) -> bool:
        """Whether the ratio is worse than the kept one by more than `allowance` (0.3 is 30 %)."""
        ratio = self.watched_ratio
        if ratio is None:
            return False
        return ratio < kept * (1 - allowance) if self.is_higher_better else ratio > kept * (1 + allowance)

    def to_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "least": min(self.samples),
            "most": max(self.samples),
            "rounds": len(self.samples),
            "better": "higher" if self.is_higher_better else "lower",
            "target": self.target,
            "met": self.is_met,
            "yardsticks": [
                {
                    "name": yardstick.name,
                    "median": statistics.median(yardstick.samples),
                    "ratio": self.ratio(yardstick),
                    "least_ratio": min(self.ratios(yardstick)),
                    "most_ratio": max(self.ratios(yardstick)),
                }
                for yardstick in self.yardsticks
            ],
        }


def number(value: float) -> str:
    """Three digits that count, and thousands apart."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def table(figures: list[Figure]) -> str:
    """What people read: a block a figure, a line a yardstick."""
    lines = []
    for figure in figures:
        spread = f"{number(min(figure.samples))} to {number(max(figure.samples))}"
        lines.append(f"{figure.name}: {number(figure.median)} {figure.unit}  ({spread}, {len(figure.samples)} rounds)")
        for yardstick in figure.yardsticks:
            ratios = figure.ratios(yardstick)
            lines.append(
                f"    {number(figure.ratio(yardstick)):>6} times {yardstick.name}"
                f" ({number(statistics.median(yardstick.samples))} {figure.unit};"
                f" {number(min(ratios))} to {number(max(ratios))})"
            )
        if figure.target:
            verdict = {True: "met", False: "MISSED", None: "not judged"}[figure.is_met]
            lines.append(f"    target: {figure.target}: {verdict}")
    return "\n".join(lines)


def markdown(figures: list[Figure]) -> str:
    """A table for a page: a row a figure and yardstick."""
    lines = ["| figure | Ingot | times | of (median) | target |", "| --- | --- | --- | --- | --- |"]
    for figure in figures:
        own = f"{number(figure.median)} {figure.unit}"
        verdict = {True: "met", False: "**missed**", None: ""}[figure.is_met]
        target = f"{figure.target}: {verdict}" if figure.target else ""
        first = True
        for yardstick in figure.yardsticks or [None]:
            name, shown, ratio, other = "", "", "", ""
            if first:
                name, shown = figure.name, own
            if yardstick:
                ratios = figure.ratios(yardstick)
                ratio = f"{number(figure.ratio(yardstick))} ({number(min(ratios))} to {number(max(ratios))})"
                other = f"{yardstick.name} ({number(statistics.median(yardstick.samples))})"
            lines.append(f"| {name} | {shown} | {ratio} | {other} | {target if first else ''} |")
            first = False
    return "\n".join(lines)
