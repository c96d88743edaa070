"""What a unit, a job or a watcher costs when there are 1, 2, 4 and 8 times as many: the same, and the same memory."""

from __future__ import annotations

import contextlib
import importlib
import threading
import time

from figure import Figure
from groups.ingest import ingest, peak
from machine import Gateway, Machine, run

TIMES = [1, 2, 4, 8]
ALLOWANCE = 1.15


def measure(machine: Machine) -> list[Figure]:
    return [*corpus(machine), *jobs(machine), *watchers(machine)]


def growth(name: str, cost: dict[int, float], memory: dict[int, float]) -> list[Figure]:
    """Two figures: how much dearer one is among many than among few, and how much more memory that takes."""
    figures = []
    for what, values in [("cost", cost), ("memory", memory)]:
        worst = max(values[times] / values[TIMES[0]] for times in TIMES)
        figure = Figure(
            f"growth: {what} {name}, of 1, 2, 4 and 8 times as many", "times that of one time", [worst],
            target=f"at most {ALLOWANCE:g}", is_watched=False,
        )
        figure.is_met = worst <= ALLOWANCE
        figures.append(figure)
    return figures


def corpus(machine: Machine) -> list[Figure]:
    """Titles of one size, more and more of them."""
    sections = machine.rounds(600, 200)
    cost: dict[int, float] = {}
    memory: dict[int, float] = {}
    for times in TIMES:
        titles = [word for number in range(1, times + 1) for word in ("--title", number)]
        release = machine.new_folder("growth")
        run([machine.ingot, "sample", "usc", *titles, "--sections", sections, "--output", release])
        data = machine.new_folder("growth")
        cost[times] = ingest(machine, release, data) / times
        memory[times] = peak(data)
    return growth("a title", cost, memory)


def jobs(machine: Machine) -> list[Figure]:
    """Jobs through one gateway, each portion among all that are in the store by then."""
    portion = machine.rounds(400, 100)
    cost: dict[int, float] = {}
    memory: dict[int, float] = {}
    with Gateway.serving(machine) as gateway:
        for times in range(1, TIMES[-1] + 1):
            cost[times] = run_jobs(gateway, portion) / portion
            memory[times] = gateway.memory()
    return growth("a job", cost, memory)


def run_jobs(gateway: Gateway, count: int) -> float:
    """Seconds from the first request to the last job's end, with two clients."""
    clients = 2

    def submit(number: int) -> None:
        with contextlib.closing(gateway.connection()) as connection:
            last = ""
            for _ in range(number, count, clients):
                last = gateway.submit("probe", {}, connection=connection)
        gateway.end(last)

    begun = time.perf_counter()
    threads = [threading.Thread(target=submit, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun


def watchers(machine: Machine) -> list[Figure]:
    """By the means of the group `watchers`."""
    group = importlib.import_module("groups.watchers")
    return growth("a watcher", *group.cost_and_memory(machine, TIMES))
