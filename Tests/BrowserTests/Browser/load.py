"""Measures the pages in front of 100,000 jobs, while 1,000 watchers hold streams open.

Fills the store of a stopped gateway, starts it, opens the streams, lets jobs run that all watchers are told of, and
asks for each page again and again over one connection on this machine. Printed is the time from a request's first byte
to its answer's last, so the client's own share is in it.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import http.client
import json
import multiprocessing
import random
import sqlite3
import sys
import tempfile
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.dont_write_bytecode = True

from gateway import Gateway  # noqa: E402
from sample_law import NEW, OLD, SampleLaw  # noqa: E402
from site_pages import CHANGED_SECTION, TITLE  # noqa: E402

UNITS = ["1", "5", "11", "26", "42"]


def moment(at: datetime.datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def job_id(at: datetime.datetime, chance: random.Random) -> str:
    """A UUID of version 7: the time, then chance."""
    milliseconds = int(at.timestamp() * 1000)
    bits = (milliseconds << 80) | (7 << 76) | (chance.getrandbits(12) << 64) | (2 << 62) | chance.getrandbits(62)
    return str(uuid.UUID(int=bits))


def fill(store: Path, count: int) -> None:
    """Ended jobs of the last 300 days: mostly of one source and mostly well, some failed, few cancelled."""
    chance = random.Random(8)
    now = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=10)
    step = datetime.timedelta(days=300) / count
    jobs, attempts, units = [], [], []
    for number in range(count):
        begun = now - step * (count - number) + datetime.timedelta(milliseconds=chance.randrange(500))
        job = job_id(begun, chance)
        source = chance.choices(["usc", "cga", "probe"], [70, 29.9, 0.1])[0]
        status = chance.choices(["succeeded", "failed", "cancelled"], [93, 5.5, 1.5])[0]
        started = begun + datetime.timedelta(milliseconds=chance.randrange(5, 2000))
        ended = started + datetime.timedelta(milliseconds=chance.randrange(500, 600_000))
        tries = 1 if status != "failed" else chance.choices([1, 2, 3], [40, 20, 40])[0]
        parameters = json.dumps({"titles": chance.sample(UNITS, chance.randrange(1, 4))} if source == "usc" else {})
        counts = {
            "added": chance.randrange(40), "changed": chance.randrange(200), "moved": 0, "nodes": 60_000,
            "removed": chance.randrange(20), "rows_written": 300, "sections": 51_000, "unchanged": 59_000,
            "characters": 90_000_000,
        }
        changes = {name: counts[name] for name in ("added", "changed", "moved", "removed")} | {"fields": {}}
        result = {"changes": changes, "counts": counts, "label": f"118-{number}", "revision": number, "units": UNITS}
        error = {
            "code": chance.choice(["upstream_unreachable", "unit_shrunk", "runner_lost", "out_of_memory"]),
            "message": "The unit could not be read to its end.", "unit": chance.choice(UNITS),
            "log": [f"line {line} of what was said last" for line in range(20)],
        }
        message = {"succeeded": f"revision {number} is visible", "failed": error["message"], "cancelled": "cancelled"}
        jobs.append(
            (
                job, source, status, 100 if status == "succeeded" else chance.randrange(100), message[status], parameters,
                moment(begun), moment(started), moment(ended), moment(ended),
                json.dumps(result) if status == "succeeded" else None,
                json.dumps(error) if status == "failed" else None, tries, 3, chance.randrange(10, 2000), "process",
            )
        )
        for attempt in range(1, tries + 1):
            outcome = "failed" if attempt < tries else status
            attempts.append((job, attempt, moment(started), moment(ended), outcome, "process"))
        # All titles of the Code, for the jobs that somebody still looks at.
        if count - number <= 2000 and source == "usc":
            units += [(job, str(unit), unit, "done", tries, json.dumps(counts)) for unit in range(53)]
    database = sqlite3.connect(store)
    with database:
        database.executemany(
            "INSERT INTO ingest_jobs (id, source, status, progress, message, params_json, created_at, started_at,"
            " updated_at, finished_at, result_json, error_json, attempt, max_attempts, last_seq, launcher)"
            f" VALUES ({', '.join('?' * 16)})",
            jobs,
        )
        database.executemany(
            "INSERT INTO ingest_job_attempts (job_id, attempt, started_at, finished_at, outcome, launcher)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            attempts,
        )
        database.executemany(
            "INSERT INTO ingest_job_units (job_id, unit, position, status, attempt, counts_json) VALUES (?, ?, ?, ?, ?, ?)",
            units,
        )
    database.close()


async def _watch(host: str, port: int, path: str, seen: list[int]) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: text/event-stream\r\n\r\n".encode())
    status = await reader.readline()
    if b" 200 " not in status:
        seen[2] += 1
        return
    seen[0] += 1
    while piece := await reader.read(65536):
        seen[1] += piece.count(b"\nevent:") + piece.startswith(b"event:")
    seen[3] += 1


def watchers(host: str, port: int, paths: list[str], pipe: object) -> None:
    """A process of its own: opens the streams, says when all are there, and tells at the end what it has seen."""

    async def run() -> None:
        # Opened, events, refused, ended.
        seen = [0, 0, 0, 0]
        tasks = [asyncio.create_task(_watch(host, port, path, seen)) for path in paths]
        while seen[0] + seen[2] < len(paths):
            await asyncio.sleep(0.02)
        pipe.send(list(seen))
        await asyncio.to_thread(pipe.recv)
        pipe.send(list(seen))
        for task in tasks:
            task.cancel()

    asyncio.run(run())


def measure(host: str, port: int, path: str, times: int) -> tuple[list[float], int]:
    """Milliseconds of each request, the fewest first, and the size of an answer."""
    connection = http.client.HTTPConnection(host, port, timeout=60)
    taken = []
    size = 0
    for number in range(times + 3):
        begun = time.perf_counter()
        connection.request("GET", path, headers={"Accept": "text/html"})
        answer = connection.getresponse()
        size = len(answer.read())
        if number >= 3:
            taken.append((time.perf_counter() - begun) * 1000)
        if answer.status >= 400:
            raise RuntimeError(f"{path} answers {answer.status}")
    connection.close()
    return sorted(taken), size


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ingot", type=Path, required=True, help="the executable; ingot-runner lies beside it")
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--watchers", type=int, default=1000)
    parser.add_argument("--requests", type=int, default=100, help="how often each page is asked for")
    parser.add_argument("--limit", type=float, help="fail when a page's 99th percentile is above that, in milliseconds")
    arguments = parser.parse_args()
    slow = []
    with tempfile.TemporaryDirectory(prefix="load-") as temporary:
        folder = Path(temporary)
        law = SampleLaw.make(arguments.ingot.absolute(), folder / "law")
        begun = time.perf_counter()
        fill(law.data / "stores/d1/ingot.sqlite", arguments.jobs)
        print(f"{arguments.jobs:,} jobs filled in within {time.perf_counter() - begun:.1f} s")
        options = ["--anonymous", "admin", "--requests-per-second", "100000", "--keep-jobs-count", "0", "--slots", "8"]
        options += law.arguments
        with Gateway(arguments.ingot.absolute(), law.data, options, folder / "gateway.log") as gateway:
            host, port = gateway.url.removeprefix("http://").split(":")
            newest = gateway.ask("GET", "/api/ingest/jobs?limit=200")["jobs"]
            deep = gateway.ask("GET", "/api/ingest/jobs?limit=1&status=succeeded")["jobs"][0]["id"]
            failed = next(job["id"] for job in newest if job["status"] == "failed")
            running = [gateway.submit("probe", {"events": 100_000, "interval_ms": 200}) for _ in range(4)]
            for job in running:
                gateway.wait_until_running(job)
            middle = job_id(datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=150), random.Random(1))
            streams = [
                "/api/ingest/jobs/events" if number % 2 else f"/api/ingest/jobs/{running[number // 2 % 4]}/events"
                for number in range(arguments.watchers)
            ]
            pages = {
                "jobs": "/jobs",
                "jobs, the middle": f"/jobs?cursor={middle}",
                "jobs, one source": "/jobs?source=cga",
                "jobs, a rare source": "/jobs?source=probe",
                "jobs, failed": "/jobs?status=failed",
                "jobs, failed ones of a rare source": "/jobs?source=probe&status=failed",
                "jobs, cancelled, the middle": f"/jobs?status=cancelled&cursor={middle}",
                "a job that has ended": f"/jobs/{deep}",
                "a job that has failed": f"/jobs/{failed}",
                "a job that runs": f"/jobs/{running[0]}",
                "the form": "/jobs/new?source=usc",
                "start": "/",
                "sources": "/sources",
                "a source": "/sources/usc",
                "law": "/law",
                "a title": f"/law{TITLE}",
                "a section": f"/law{CHANGED_SECTION}",
                "a section as of a label": f"/law{CHANGED_SECTION}?at={OLD}",
                "a section side by side": f"/law{CHANGED_SECTION}?at={NEW}&against={OLD}",
                "what changed": f"/compare?source=usc&from={OLD}&to={NEW}",
                "a search": "/search?q=records",
                "a citation": "/search?q=1+U.S.C.+48",
                "system": "/system",
                "reference": "/reference",
                "the style sheet": "/assets/style.css",
            }
            near, far = multiprocessing.Pipe()
            process = multiprocessing.Process(target=watchers, args=(host, int(port), streams, far), daemon=True)
            begun = time.perf_counter()
            process.start()
            opened, _, refused, _ = near.recv()
            print(f"{opened:,} streams open after {time.perf_counter() - begun:.1f} s, {refused} refused")
            print(f"\n{'page':36} {'p50 ms':>8} {'p99 ms':>8} {'most ms':>8} {'KiB':>7}")
            begun = time.perf_counter()
            for name, path in pages.items():
                try:
                    taken, size = measure(host, int(port), path, arguments.requests)
                except (RuntimeError, OSError) as error:
                    slow.append(name)
                    print(f"{name:36} {error}")
                    continue
                middle_one, late = taken[len(taken) // 2], taken[min(len(taken) - 1, len(taken) * 99 // 100)]
                if arguments.limit and late > arguments.limit:
                    slow.append(name)
                print(f"{name:36} {middle_one:8.1f} {late:8.1f} {taken[-1]:8.1f} {size / 1024:7.1f}")
            near.send("enough")
            _, events, _, ended = near.recv()
            rate = events / (time.perf_counter() - begun)
            print(f"\nmeanwhile the watchers got {events:,} events, {rate:,.0f} a second; {ended} streams ended early")
            status = Path(f"/proc/{gateway.process_number}/status").read_text()
            peak = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]
            print(f"the gateway's memory was at most {int(peak) / 1024:,.0f} MiB")
            process.terminate()
            process.join()
            if refused or ended:
                slow.append("the streams")
    if slow and (arguments.limit or refused or ended):
        print("not well: " + ", ".join(slow), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
