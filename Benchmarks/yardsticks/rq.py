"""RQ, which forks a process for each job, behind Flask and gunicorn: a worker a slot, and Redis.

Redis writes its journal to the disk once a second, its usual setting, so that unlike Ingot's an accepted job can be
lost in the second after it.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

from machine import Machine, background, free_port, unpacked_environment, until
from trivial_jobs import JobService, Stamps, request

HOST = "127.0.0.1"


@contextlib.contextmanager
def serving(machine: Machine, stamps: Stamps, slots: int) -> Iterator[JobService]:
    server = machine.tool("redis-server", "redis-server; scripts/setup --benchmarks unpacks it")
    worker = machine.tool("rq", "none; scripts/setup --benchmarks installs it from PyPI")
    gateway = machine.tool("gunicorn", "none; scripts/setup --benchmarks installs it from PyPI")
    folder = machine.new_folder("rq")
    log = folder / "log"
    store = folder / "redis.socket"
    port = free_port()
    environment = unpacked_environment() | {
        "REDIS": f"unix://{store}", "STAMPS": str(stamps.path), "PYTHONPATH": str(Path(__file__).parent / "programs"),
    }
    with contextlib.ExitStack() as stack:

        def start(*command: object) -> int:
            running = background(list(command), log, environment=environment, is_heard=False)
            return stack.enter_context(running).pid

        processes = [
            start(
                server, "--port", 0, "--unixsocket", store, "--dir", folder, "--save", "", "--appendonly", "yes",
                "--appendfsync", "everysec",
            )
        ]
        until(lambda: answers(store), "Redis answers")
        processes += [start(worker, "worker", "--url", environment["REDIS"], "--quiet") for _ in range(slots)]
        processes.append(
            start(
                gateway, "--workers", 2, "--threads", 4, "--keep-alive", 60, "--bind", f"{HOST}:{port}",
                "rq_gateway:application",
            )
        )
        until(lambda: answers((HOST, port)), "gunicorn answers")

        def probe(key: str) -> bytes:
            body = json.dumps({"key": key}).encode()
            return request("POST", "/jobs", HOST, port, body, Content_Type="application/json")

        service = JobService(HOST, port, stamps, probe, processes=processes)
        # The first ones wait for workers that are still being started.
        service.first_lines_at_once(slots, 2)
        yield service


def answers(address: Path | tuple[str, int]) -> bool:
    family = socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET
    with socket.socket(family) as client:
        return client.connect_ex(str(address) if isinstance(address, Path) else address) == 0
