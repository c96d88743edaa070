"""How many jobs that do nothing are finished a second, and how long a request for one takes meanwhile."""

from __future__ import annotations

import contextlib
import statistics

import ingot_jobs
from figure import Figure, Yardstick, quantile
from machine import Machine
from trivial_jobs import JobService, Load, Stamps, latencies
from yardsticks import rq, scrapyd

RQ = "RQ with a fork for each job (durable after a second)"


def measure(machine: Machine) -> list[Figure]:
    found: list[Figure] = []
    for slots in (2,) if machine.is_quick else (2, 8):
        # Scrapyd takes what it finds each time it looks, so more slots show nothing more of it.
        has_scrapyd = slots == 2 and not machine.is_quick
        found += measure_slots(machine, slots, has_scrapyd)
    return found


def measure_slots(machine: Machine, slots: int, has_scrapyd: bool) -> list[Figure]:
    seconds = 2 if machine.is_quick else 4
    own: list[Load] = []
    forked: list[Load] = []
    polled: list[Load] = []
    health: list[list[float]] = []
    with contextlib.ExitStack() as stack:

        def stamps() -> Stamps:
            return stack.enter_context(Stamps.made())

        ingot = stack.enter_context(ingot_jobs.serving(machine, stamps(), slots))
        forking = stack.enter_context(rq.serving(machine, stamps(), slots))
        polling = stack.enter_context(scrapyd.serving(machine, stamps(), slots)) if has_scrapyd else None
        ingot.load(0.5, slots)
        forking.load(0.5, slots)
        if polling:
            polling.first_lines(1)
        for _ in range(machine.rounds(whole=3, quick=2)):
            health.append(latencies(ingot, "/healthz", 500))
            own.append(ingot.load(seconds, slots))
            forked.append(forking.load(seconds, slots))
            if polling:
                polled.append(polling.load(2, slots))
    rate = Figure(
        f"jobs finished a second, {slots} slots", "/s", [load.jobs_per_second for load in own],
        [Yardstick(RQ, [load.jobs_per_second for load in forked])], is_higher_better=True,
        target="500/s; 4 times RQ's",
    )
    if polled:
        rate.yardsticks.append(Yardstick("Scrapyd", [load.jobs_per_second for load in polled]))
    rate.is_met = rate.median >= 500 and rate.ratio(rate.yardsticks[0]) >= 4
    found = [rate]
    for share, name, limit in ((0.5, "p50", 0.5), (0.99, "p99", 2)):
        figure = Figure(
            f"request for a job meanwhile, {slots} slots, {name}", "ms",
            [quantile(load.latencies, share) for load in own],
            [
                Yardstick("its GET /healthz while idle", [quantile(values, share) for values in health]),
                Yardstick("RQ's", [quantile(load.latencies, share) for load in forked]),
            ],
            target=f"{limit} ms, durable",
            # Two clients and the jobs themselves share the processors by chance.
            is_watched=False,
        )
        figure.is_met = figure.median <= limit
        found.append(figure)
    client = statistics.median(load.client for load in own)
    print(f"   (the client used {client:.0%} of one core while Ingot ran jobs in {slots} slots)", flush=True)
    return found
