"""Ingot's gateway as a service of trivial jobs: the source `probe`, which notes when it starts and ends."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator

from machine import PATIENCE, Gateway, Machine
from trivial_jobs import JobService, Stamps, request


@contextlib.contextmanager
def serving(machine: Machine, stamps: Stamps, slots: int, *arguments: str) -> Iterator[JobService]:
    # In a sandbox the user's home is empty; here it must be one that there is, and not where the executables lie.
    environment = {"INGOT_PROBE_STAMPS": str(stamps.path), "HOME": str(machine.new_folder("home"))}
    with Gateway.serving(machine, "--slots", slots, *arguments, environment=environment) as gateway:

        def probe(key: str) -> bytes:
            return request(
                "POST", "/api/ingest/probe", gateway.host, gateway.port, json.dumps({"key": key}).encode(),
                Authorization=f"Bearer {gateway.key}", Content_Type="application/json",
            )

        def wait_for_ends() -> None:
            end = time.monotonic() + PATIENCE
            with contextlib.closing(gateway.connection()) as connection:
                while True:
                    state = gateway.ask("GET", "/readyz", connection=connection)
                    if state["running"] == 0 and state["waiting"] == 0:
                        break
                    if time.monotonic() > end:
                        raise RuntimeError(f"jobs have not ended: {state}")
                    time.sleep(0.002)
                failed = gateway.ask("GET", "/api/ingest/jobs?status=failed&limit=1", connection=connection)["jobs"]
                if failed:
                    raise RuntimeError(f"a job has failed: {failed}")

        yield JobService(gateway.host, gateway.port, stamps, probe, wait_for_ends, [gateway.process.pid])
