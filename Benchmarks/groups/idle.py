"""What a service that waits for jobs costs: memory and processor time of all that has to be there for it."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import ingot_jobs
from figure import Figure, Yardstick
from machine import Machine
from trivial_jobs import Stamps
from yardsticks import rq, scrapyd

SLOTS = 2
MEBIBYTE = 1 << 20


def measure(machine: Machine) -> list[Figure]:
    # All of them side by side, as none of them does anything.
    memory: list[list[float]] = []
    processor: list[list[float]] = []
    used: list[float] = []
    for _ in range(machine.rounds(whole=2, quick=1)):
        with contextlib.ExitStack() as stack:
            services = [
                stack.enter_context(serving(machine, stack.enter_context(Stamps.made()), SLOTS))
                for serving in (ingot_jobs.serving, rq.serving, scrapyd.serving)
            ]
            # What is done once after a start is over.
            time.sleep(4)
            trees = [processes(service.processes) for service in services]
            before = [processor_time(tree) for tree in trees]
            begun = time.monotonic()
            time.sleep(3 if machine.is_quick else 10)
            seconds = time.monotonic() - begun
            processor.append(
                [(processor_time(tree) - earlier) / seconds for tree, earlier in zip(trees, before, strict=True)]
            )
            memory.append([proportional_memory(tree) / MEBIBYTE for tree in trees])
            services[0].load(2, SLOTS)
            time.sleep(1)
            used.append(proportional_memory(processes(services[0].processes)) / MEBIBYTE)
    names = [f"RQ's: Redis, gunicorn, {SLOTS} workers", "Scrapyd's"]
    size = Figure(
        "memory of the idle gateway (PSS)", "MiB", [values[0] for values in memory],
        [Yardstick(name, [values[index] for values in memory]) for index, name in enumerate(names, 1)],
        target="25 MB",
    )
    size.is_met = size.median * MEBIBYTE <= 25e6
    load = Figure(
        "processor time of the idle gateway", "ms/s", [values[0] * 1000 for values in processor],
        [Yardstick(name, [values[index] * 1000 for values in processor]) for index, name in enumerate(names, 1)],
        # A thousandth of a core, which is less than the machine's own noise.
        target="none (1 ms/s)", is_watched=False,
    )
    load.is_met = load.median <= 1
    after = Figure(
        "memory of the gateway after two seconds of jobs (PSS)", "MiB", used,
        [Yardstick("before them", [values[0] for values in memory])],
    )
    return [size, load, after]


def processes(roots: list[int]) -> list[int]:
    """These and all that they have started."""
    found = []
    waiting = list(roots)
    while waiting:
        process = waiting.pop()
        found.append(process)
        for task in Path(f"/proc/{process}/task").iterdir():
            waiting += [int(child) for child in (task / "children").read_text().split()]
    return found


def processor_time(tree: list[int]) -> float:
    """Seconds that the processes have run, to the nanosecond, with their threads that have ended."""
    # The number of the clock of another process's processor time, as clock_getcpuclockid(3) makes it.
    return sum(time.clock_gettime((~process << 3) | 2) for process in tree)


def proportional_memory(tree: list[int]) -> int:
    """Bytes of the processes that are their own, or their share of what several use."""
    total = 0
    for process in tree:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total
