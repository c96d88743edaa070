"""Scrapyd, which starts a Python process for each job, and looks for jobs every 0.2 s (5 s unless told otherwise)."""

from __future__ import annotations

import contextlib
import json
import urllib.parse
import urllib.request
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
"""
# The project, which Scrapyd and the processes that it starts look for in the folder that they run in.
PROJECT = """
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
    (folder / "scrapy.cfg").write_text(PROJECT)
    environment = unpacked_environment() | {"STAMPS": str(stamps.path), "PYTHONPATH": str(programs)}
    command = ["sh", "-c", 'cd "$1" && exec "$2" --nodaemon --pidfile=', "sh", folder, program]
    with background(command, folder / "log", environment=environment, is_heard=False) as process:
        until(lambda: answers((HOST, port)), "Scrapyd answers")

        def probe(key: str) -> bytes:
            body = urllib.parse.urlencode({"project": "probe", "spider": "probe", "key": key}).encode()
            return request(
                "POST", "/schedule.json", HOST, port, body, Content_Type="application/x-www-form-urlencoded"
            )

        def wait_for_ends() -> None:
            until(lambda: is_idle(port), "Scrapyd has ended its jobs")

        yield JobService(HOST, port, stamps, probe, wait_for_ends, [process.pid])


def is_idle(port: int) -> bool:
    with urllib.request.urlopen(f"http://{HOST}:{port}/daemonstatus.json") as answer:
        state = json.load(answer)
    return state["running"] == 0 and state["pending"] == 0
