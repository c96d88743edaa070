"""How soon a job runs: from the request to the first line of its code, in a process that is started for it."""

from __future__ import annotations

import contextlib
import dataclasses
import statistics

import ingot_jobs
from figure import Figure, Yardstick, quantile
from machine import Machine
from trivial_jobs import JobService, Stamps, spawned
from yardsticks import rq

SLOTS = 2
TRUE = "/bin/true"
# A sandbox as the gateway makes it, around a program that does nothing.
SANDBOX = [
    "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--cap-drop", "ALL",
    "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/run", "--", TRUE,
]


@dataclasses.dataclass
class Round:
    """Milliseconds, each of one start."""

    true: list[float]
    sandbox: list[float]
    runner: list[float]
    bare: list[float]
    # As many at once as there are slots.
    at_once: list[float]
    sandboxed: list[float]
    forked: list[float]

    @property
    def worst(self) -> float:
        return max(self.bare + self.at_once)


def measure(machine: Machine) -> list[Figure]:
    bubblewrap = machine.tool("bwrap", "bubblewrap")
    with contextlib.ExitStack() as stack:

        def stamps() -> Stamps:
            return stack.enter_context(Stamps.made())

        bare = stack.enter_context(ingot_jobs.serving(machine, stamps(), SLOTS))
        sandboxed = stack.enter_context(ingot_jobs.serving(machine, stamps(), SLOTS, "--sandbox"))
        forking = stack.enter_context(rq.serving(machine, stamps(), SLOTS))
        for service in (bare, sandboxed, forking):
            service.first_lines(5)
        rounds = [
            round_of(machine, bubblewrap, bare, sandboxed, forking) for _ in range(machine.rounds(whole=5, quick=2))
        ]
    return figures(rounds)


def round_of(
    machine: Machine, bubblewrap: str, bare: JobService, sandboxed: JobService, forking: JobService
) -> Round:
    count = 30
    return Round(
        true=spawned([TRUE], 50),
        sandbox=spawned([bubblewrap, *SANDBOX], 20),
        # It gets as far as to look for its settings, as in each attempt; there are none, which it says and ends.
        runner=spawned([str(machine.runner), "run"], 50, expected=2),
        bare=bare.first_lines(count),
        at_once=bare.first_lines_at_once(SLOTS, count // SLOTS),
        sandboxed=sandboxed.first_lines(count),
        forked=forking.first_lines(count),
    )


def figures(rounds: list[Round]) -> list[Figure]:
    def medians(name: str) -> list[float]:
        return [statistics.median(getattr(one, name)) for one in rounds]

    def slow(name: str) -> list[float]:
        return [quantile(getattr(one, name), 0.95) for one in rounds]

    true, rq_medians = medians("true"), medians("forked")
    runner = Figure(
        "start of the runner binary", "ms", medians("runner"), [Yardstick("a spawn of /bin/true", true)],
        target="within 2 ms of /bin/true",
    )
    runner.is_met = runner.median - statistics.median(true) <= 2
    found = [runner]
    for place, name, limits in (("", "bare", (3, 6)), (", sandboxed", "sandboxed", (6, 10))):
        for share, values, limit in (("p50", medians, limits[0]), ("p95", slow, limits[1])):
            spawn = Yardstick("a spawn of /bin/true", values("true"))
            forked = Yardstick("RQ with a fork for each job", values("forked"))
            inside = [Yardstick("a spawn of /bin/true in bubblewrap", values("sandbox"))] if place else []
            figure = Figure(
                f"request to first line{place}, {share}", "ms", values(name), [spawn, *inside, forked],
                target=f"{limit} ms, or the spawn and 4 ms where that is more; a third of RQ's",
                # The slowest of a few starts are chance.
                is_watched=share == "p50",
            )
            floor = statistics.median((inside or [spawn])[0].samples)
            figure.is_met = figure.median <= max(limit, floor + 4) and figure.ratio(forked) <= 1 / 3
            found.append(figure)
    worst = Figure(
        "worst start delay while a slot is free", "ms", [one.worst for one in rounds],
        [Yardstick("RQ's, one job at a time", [max(one.forked) for one in rounds])],
        target="50 ms", is_watched=False,
    )
    worst.is_met = max(worst.samples) <= 50
    found.append(worst)
    return found
