"""USLM to nodes on one core, beside parsers that make nothing of the same bytes."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

from figure import Figure, Yardstick
from machine import Machine, Missing, run
from titles import title

TARGET = 0.6


def measure(machine: Machine) -> list[Figure]:
    read = title(machine, "18" if machine.is_quick else "42")
    stored = read.stored(machine)
    if importlib.util.find_spec("lxml") is None:
        raise Missing("lxml is not installed (scripts/setup --benchmarks)")
    tiny = machine.folder / "tiny.xml"
    tiny.write_text("<tiny/>")
    # Without -d and -t it has no handlers at all, as -t gives it some that do nothing.
    expat = [machine.tool("xmlwf", "expat"), "-n"]
    # With both, what libxml2 calls is empty.
    libxml = [machine.tool("xmllint", "libxml2-utils"), "--sax", "--noout"]
    lxml = [sys.executable, Path(__file__).parent.parent / "yardsticks" / "lxml_iterparse.py"]

    def speed(command: list[object]) -> float:
        """MB a second of processor time, that of the program's start left out."""
        return read.megabytes / (run([*command, read.document]).processor - run([*command, tiny]).processor)

    def own_speed(archive: Path) -> float:
        report = json.loads(run([machine.benchmark, "parse", archive, "--unit", read.unit]).output)
        return read.megabytes / report["processor"][0]

    names = ["expat's pass without handlers", "libxml2's SAX pass", "lxml's iterparse"]
    samples: dict[str, list[float]] = {name: [] for name in ["plain", "packed", *names]}
    for _ in range(machine.rounds(5, 3)):
        for name, command in zip(names, [expat, libxml, lxml], strict=True):
            samples[name].append(speed(command))
        samples["plain"].append(own_speed(stored))
        samples["packed"].append(own_speed(read.zip))
    yardsticks = [Yardstick(name, samples[name]) for name in names]
    parsed = Figure(
        f"parse {read.name}", "MB/s", samples["plain"], yardsticks, is_higher_better=True,
        target=f"at least {TARGET:.0%} of expat's",
    )
    parsed.is_met = parsed.ratio(yardsticks[0]) >= TARGET
    packed = Figure(
        f"unpack and parse {read.name}", "MB/s", samples["packed"], yardsticks[:1], is_higher_better=True
    )
    return [parsed, packed]

