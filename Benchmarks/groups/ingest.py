"""From a title's zip to its visible revision, beside the least that could be done with the same bytes."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from figure import Figure, Yardstick
from machine import Machine, run
from titles import Title, title

TIMES_OF_THE_LEAST = 2.0
MEMORY = 64
SECOND_TIME = 0.03


def measure(machine: Machine) -> list[Figure]:
    read = title(machine, "18" if machine.is_quick else "42")
    other = None if machine.is_quick else title(machine, "26")
    names = ["expat", "SHA-256", "gzip -1"]
    samples: dict[str, list[float]] = {name: [] for name in ["ingest", "again", "memory", "other memory", *names]}
    written = 0
    for _ in range(machine.rounds(3, 3)):
        for name, seconds in zip(names, least(machine, read), strict=True):
            samples[name].append(seconds)
        release, data = read.release(machine), machine.new_folder("ingest")
        samples["ingest"].append(ingest(machine, release, data))
        before = rows(data)
        samples["again"].append(ingest(machine, release, data))
        written += rows(data) - before
        samples["memory"].append(peak(data))
        if other is not None:
            data = machine.new_folder("ingest")
            ingest(machine, other.release(machine), data)
            samples["other memory"].append(peak(data))
    together = Yardstick(
        "one pass each of expat, SHA-256 and gzip -1", [sum(taken) for taken in zip(*(samples[name] for name in names))]
    )
    first = Figure(
        f"ingest {read.name}, zip to visible revision", "s", samples["ingest"],
        [together, *(Yardstick(name, samples[name]) for name in names)],
        target=f"at most {TIMES_OF_THE_LEAST:g} times the three passes",
    )
    first.is_met = first.ratio(together) <= TIMES_OF_THE_LEAST
    again = Figure(
        f"ingest {read.name} again, unchanged", "s", samples["again"],
        [Yardstick("its first ingest", samples["ingest"])],
        target=f"under {SECOND_TIME:.0%} of the first, no row written ({written} were)",
    )
    again.is_met = again.ratio(again.yardsticks[0]) < SECOND_TIME and written == 0
    figures = [first, again]
    for name, taken in [(read.name, samples["memory"]), (other and other.name, samples["other memory"])]:
        if taken:
            memory = Figure(
                f"peak memory of the runner, {name}", "MiB", taken, target=f"at most {MEMORY} MiB",
            )
            memory.is_met = max(taken) <= MEMORY
            figures.append(memory)
    return figures


def least(machine: Machine, read: Title) -> list[float]:
    """Seconds of one pass each over the document: parsed, hashed, packed."""
    passes = [
        [machine.tool("xmlwf", "expat"), "-n", read.document],
        [machine.tool("openssl", "openssl"), "dgst", "-sha256", read.document],
        ["sh", "-c", '"$0" -1 -c "$1" >"$2"', machine.tool("gzip", "gzip"), read.document, os.devnull],
    ]
    return [run(command).wall for command in passes]


def ingest(machine: Machine, release: Path, data: Path) -> float:
    """Seconds of the whole command, its gateway's start and end with it."""
    return run([machine.ingot, "ingest", "usc", "--from", release, "--data", data, "--json"]).wall


@contextlib.contextmanager
def database(data: Path):  # noqa: ANN201 - a connection
    with contextlib.closing(sqlite3.connect(f"file:{data}/stores/d1/ingot.sqlite?mode=ro", uri=True)) as connection:
        yield connection


def rows(data: Path) -> int:
    """How many rows of nodes have ever been written: ids only grow."""
    with database(data) as connection:
        return connection.execute("SELECT COALESCE(MAX(id), 0) FROM nodes").fetchone()[0]


def peak(data: Path) -> float:
    """MiB that a runner had at most, of all attempts so far."""
    with database(data) as connection:
        return connection.execute("SELECT MAX(peak_memory_bytes) FROM ingest_job_attempts").fetchone()[0] / (1 << 20)
