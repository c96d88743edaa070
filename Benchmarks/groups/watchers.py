"""One job watched by 1,000 and 10,000 clients over Server-Sent Events, beside nchan on nginx.

Both servers have the same watchers and the same publisher (`ingot-benchmark watch`), which share the two processors with
them. Ingot's events come in where a runner reports them, one a report, with the token of an attempt that is held open;
nchan's are messages of the same size over a connection that is kept as well. An event that a watcher does not get, or
gets twice or too late in the order, is an error and not a figure.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from figure import Figure, Yardstick
from machine import Gateway, Machine, Missing, background, until

HERE = Path(__file__).parent.parent
# At most so many events on their way in a burst, so that it is the server and not a buffer that is measured.
WINDOW = 8
# Events a second in the paced phase.
RATE = 10
YARDSTICK = "nchan on nginx, 2 workers"


@dataclass
class Taken:
    """What one server did for one number of watchers."""

    deliveries_per_second: float
    p50: float
    p99: float
    # Of the servers' processes, for each watcher.
    bytes_per_watcher: float


@dataclass
class Lengths:
    """Seconds of the two phases; the first seconds of a burst are no different from its later ones."""

    paced: float
    burst: float


class Load:
    """A running `ingot-benchmark watch`."""

    def __init__(self, process: subprocess.Popen[str], connected: dict[str, float]) -> None:
        self.process = process
        self.connected = connected

    @classmethod
    @contextlib.contextmanager
    def connected(cls, machine: Machine, arguments: list[object]) -> Iterator[Load]:
        command = [str(part) for part in [machine.benchmark, "watch", *arguments]]
        with (machine.folder / "watch.log").open("a") as log, subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process:
            try:
                yield cls(process, cls.answer(process, machine))
                process.stdin.close()
                process.wait()
            finally:
                process.kill()

    @staticmethod
    def answer(process: subprocess.Popen[str], machine: Machine) -> dict[str, float]:
        line = process.stdout.readline()
        if not line:
            words = (machine.folder / "watch.log").read_text()[-1000:]
            raise RuntimeError(f"ingot-benchmark watch ended: {words}")
        return json.loads(line)

    def phase(self, machine: Machine, words: str) -> dict[str, float]:
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        outcome = self.answer(self.process, machine)
        if outcome["lost"]:
            raise RuntimeError(f"{words}: {outcome['lost']} deliveries are missing or out of order: {outcome}")
        return outcome


def measure(machine: Machine) -> list[Figure]:
    nginx = yardstick_program(machine)
    allow_open_files(11_000)
    numbers = [1_000, 10_000]
    lengths = Lengths(paced=1.5, burst=1.0) if machine.is_quick else Lengths(paced=3.0, burst=2.0)
    own: dict[int, list[Taken]] = {number: [] for number in numbers}
    other: dict[int, list[Taken]] = {number: [] for number in numbers}
    for _ in range(machine.rounds(whole=5, quick=2)):
        for number in numbers:
            own[number].append(measure_ingot(machine, number, lengths))
            other[number].append(measure_nchan(machine, nginx, number, lengths))
    figures: list[Figure] = []
    for number in numbers:
        figures += figures_of(number, own[number], other[number])
    return figures


def figures_of(number: int, own: list[Taken], other: list[Taken]) -> list[Figure]:
    def figure(what: str, unit: str, member: str, **more: object) -> Figure:
        samples = [float(getattr(taken, member)) for taken in own]
        yardstick = Yardstick(YARDSTICK, [float(getattr(taken, member)) for taken in other])
        return Figure(f"{number:,} watchers, {what}", unit, samples, [yardstick], **more)

    rate = figure("deliveries in a burst", "/s", "deliveries_per_second", is_higher_better=True, target="more than nchan")
    rate.is_met = rate.ratio(rate.yardsticks[0]) > 1
    # How long one waits depends on the machine's whims too much to be watched.
    middle = figure(f"latency p50 at {RATE} events/s", "ms", "p50", is_watched=False)
    late = figure(f"latency p99 at {RATE} events/s", "ms", "p99", is_watched=False)
    memory = figure("memory of the server for each", "B", "bytes_per_watcher", target="10 KB")
    memory.is_met = memory.median <= 10_000
    if number == 1_000:
        middle.target, middle.is_met = "6 ms", middle.median <= 6
        late.target, late.is_met = "12 ms", late.median <= 12
    return [rate, middle, late, memory]


def cost_and_memory(machine: Machine, times: list[int]) -> tuple[dict[int, float], dict[int, float]]:
    """For so many times as many watchers: the gateway's processor seconds a delivery, and its bytes a watcher."""
    allow_open_files(11_000)
    cost: dict[int, float] = {}
    memory: dict[int, float] = {}
    for factor in times:
        number = 1_000 * factor
        with watched_gateway(machine) as (gateway, arguments):
            before = gateway.memory()
            with Load.connected(machine, ["--watchers", number, *arguments]) as load:
                memory[factor] = (gateway.memory() - before) / number
                processor = gateway.processor_time()
                # One event at a time: events that go out together would make many watchers look cheaper.
                burst = load.phase(machine, f"burst {1.0 if machine.is_quick else 2.0} 1")
                cost[factor] = (gateway.processor_time() - processor) / burst["deliveries"]
    return cost, memory


def run_phases(
    machine: Machine, number: int, lengths: Lengths, memory: Callable[[], int], arguments: list[object]
) -> Taken:
    before = memory()
    with Load.connected(machine, ["--watchers", number, *arguments]) as load:
        grown = memory() - before
        paced = load.phase(machine, f"paced {lengths.paced} {RATE}")
        burst = load.phase(machine, f"burst {lengths.burst} {WINDOW}")
    return Taken(burst["deliveries_per_second"], paced["p50"], paced["p99"], grown / number)


def measure_ingot(machine: Machine, number: int, lengths: Lengths) -> Taken:
    with watched_gateway(machine) as (gateway, arguments):
        return run_phases(machine, number, lengths, gateway.memory, arguments)


@contextlib.contextmanager
def watched_gateway(machine: Machine) -> Iterator[tuple[Gateway, list[object]]]:
    """A gateway with one job that is held open, and what `ingot-benchmark watch` has to know of it."""
    folder = machine.new_folder("watched")
    note = folder / "note.json"
    runner = folder / "runner"
    words = [sys.executable, HERE / "held_runner.py", machine.runner, note]
    runner.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, words))} "$@"\n')
    runner.chmod(0o755)
    with Gateway.serving(machine, "--runner", runner) as gateway:
        job = gateway.submit("probe", {})
        until(note.exists, "the attempt has begun")
        told = json.loads(note.read_text())
        path = f"{gateway.url}/api/ingest/jobs/{job}"
        arguments = ["--events", f"{path}/events", "--publish", f"{path}/progress", "--key", gateway.key,
                     "--token", told["INGOT_ATTEMPT_TOKEN"], "--attempt", told["INGOT_ATTEMPT"]]
        yield gateway, arguments


def measure_nchan(machine: Machine, nginx: tuple[Path, Path], number: int, lengths: Lengths) -> Taken:
    program, modules = nginx
    folder = machine.new_folder("nchan")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = (HERE / "yardsticks" / "nchan.conf").read_text()
    for name, value in {"FOLDER": folder, "MODULES": modules, "PORT": port}.items():
        words = words.replace(name, str(value))
    configuration = folder / "nginx.conf"
    configuration.write_text(words)
    # nchan makes a folder in /var/lib/nginx whatever it is told; here it finds one, and nobody else does.
    place = 'mount -t tmpfs none /var/lib && mkdir /var/lib/nginx && exec "$0" "$@"'
    rights = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = [machine.tool("unshare", "util-linux"), *rights, "--mount", "sh", "-c", place,
               program, "-p", folder, "-c", configuration, "-e", folder / "error.log"]
    with background(command, folder / "log") as master:
        until(lambda: is_open(port), "nginx listens")
        arguments = ["--events", f"http://127.0.0.1:{port}/events", "--publish", f"http://127.0.0.1:{port}/publish"]
        return run_phases(machine, number, lengths, lambda: memory_of_tree(master.pid), arguments)


def is_open(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def memory_of_tree(process: int) -> int:
    """Bytes of a process and its children that are their own or their share (PSS)."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    total = 0
    for one in [str(process), *children]:
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def yardstick_program(machine: Machine) -> tuple[Path, Path]:
    """nginx and the folder of its modules, as `scripts/setup --benchmarks` unpacks them."""
    root = HERE.parent / ".build" / "benchmarks" / "servers"
    program, modules = root / "usr/sbin/nginx", root / "usr/lib/nginx/modules"
    if not program.exists() or not (modules / "ngx_nchan_module.so").exists():
        raise Missing(f"nginx with nchan is not in {root}; scripts/setup --benchmarks unpacks it")
    return program, modules


def allow_open_files(number: int) -> None:
    """Lets this process and those that it starts open so many files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < number:
        raise Missing(f"{number:,} open files are needed, and {hard:,} allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 65_536)), hard))
