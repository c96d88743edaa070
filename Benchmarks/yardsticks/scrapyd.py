"""Scrapyd, which starts a Python process for each job, and looks for jobs every 0.2 s (5 s unless told otherwise)."""

from __future__ import annotations

import contextlib
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

from machine import Machine, background, free_port, unpacked_environment, until
from trivial_jobs import JobService, Stamps, request
from yardsticks.rq import HOST, answers

SETTINGS = """
[scrapyd]
bind_address = {host}
http_port = {port}
max_proc = {slots}
poll_interval = 0.2
eggs_dir = {folder}/eggs
logs_dir =
items_dir =
dbs_dir = {folder}/dbs

[settings]
probe = scrapyd_settings
"""


@contextlib.contextmanager
def serving(machine: Machine, stamps: Stamps, slots: int) -> Iterator[JobService]:
    program = machine.tool("scrapyd", "none; scripts/setup --benchmarks installs it from PyPI")
    folder = machine.new_folder("scrapyd")
    port = free_port()
    (folder / "scrapyd.conf").write_text(SETTINGS.format(host=HOST, port=port, slots=slots, folder=folder))
    programs = Path(__file__).parent / "programs"
    environment = unpacked_environment() | {"STAMPS": str(stamps.path), "PYTHONPATH": str(programs)}
    command = ["sh", "-c", 'cd "$1" && exec "$2" --nodaemon --pidfile=', "sh", folder, program]
    with background(command, folder / "log", environment=environment, is_heard=False) as process:
        until(lambda: answers((HOST, port)), "Scrapyd answers")

        def probe(key: str) -> bytes:
            body = urllib.parse.urlencode({"project": "probe", "spider": "probe", "key": key}).encode()
            return request(
                "POST", "/schedule.json", HOST, port, body, Content_Type="application/x-www-form-urlencoded"
            )

        yield JobService(HOST, port, stamps, probe, processes=[process.pid])
