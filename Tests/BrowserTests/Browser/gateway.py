"""A real `ingot serve` process with a data folder of its own."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import queue
import signal
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

# How long a process may take on a machine that is busy with other tests.
PATIENCE = 60.0


def ends_with_its_parent() -> None:
    """Lets the kernel end a process whose parent is gone, however that has ended (`PR_SET_PDEATHSIG`)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Gateway:
    """Starts on a free port; after a restart the same port is taken again, as browsers and runners rely on."""

    def __init__(self, ingot: Path, data: Path, arguments: list[str], log: Path) -> None:
        self.data = data
        self.url = ""
        self._ingot = ingot
        self._arguments = arguments
        self._log = log
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Gateway:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        port = self.url.rsplit(":", 1)[-1] if self.url else "0"
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [
                    self._ingot, "serve", "--port", port, "--data", self.data, "--enable-probe", "--drain", "0",
                    *self._arguments,
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                preexec_fn=ends_with_its_parent,
            )
        line = self._first_line()
        prefix = "listening on "
        if not line.startswith(prefix):
            self.kill()
            raise RuntimeError(f"ingot serve printed {line!r} first; its log: {self._log.read_text()[-4000:]}")
        self.url = line.removeprefix(prefix).strip()

    def _first_line(self) -> str:
        lines: queue.Queue[str] = queue.Queue()
        output = self._process.stdout
        threading.Thread(target=lambda: lines.put(output.readline()), daemon=True).start()
        try:
            return lines.get(timeout=PATIENCE)
        except queue.Empty:
            return ""

    def stop(self) -> None:
        """As an operator stops it, when no job is left that would outlive it."""
        if self._process is None:
            return
        try:
            if self._process.poll() is None:
                self._end_jobs()
        finally:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _end_jobs(self) -> None:
        for status in ("queued", "running"):
            for job in self.ask("GET", f"/api/ingest/jobs?status={status}")["jobs"]:
                with contextlib.suppress(RuntimeError):
                    self.ask("POST", f"/api/ingest/jobs/{job['id']}/cancel")
                    self.finish(job["id"])

    def kill(self) -> None:
        """As a crash ends it: at once; its runners live on."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None

    @property
    def process_number(self) -> int:
        return self._process.pid

    @property
    def key(self) -> str:
        """The admin's key that lies in the data folder."""
        return (self.data / "local.key").read_text().split()[0]

    def ask(self, method: str, path: str, body: object = None, key: str | None = None) -> object:
        """One request to the API; its JSON answer."""
        headers = {"Authorization": f"Bearer {key or self.key}"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                text = answer.read()
        except urllib.error.HTTPError as refusal:
            raise RuntimeError(f"{method} {path}: {refusal.code} {refusal.read().decode(errors='replace')}") from None
        return json.loads(text) if text else None

    def submit(self, source: str, parameters: dict[str, object]) -> str:
        """Posts a job; its id."""
        return self.ask("POST", f"/api/ingest/{source}", parameters)["jobId"]

    def events(self, job: str) -> Iterator[dict[str, object]]:
        """The events of a job to its end, each with the name `event`."""
        request = urllib.request.Request(
            f"{self.url}/api/ingest/jobs/{job}/events", headers={"Authorization": f"Bearer {self.key}"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as stream:
            name = ""
            for line in stream:
                field, _, value = line.decode().rstrip("\n").partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    yield {"event": name, "data": json.loads(value)}

    def finish(self, job: str) -> str:
        """Waits for the end of a job; its status."""
        for event in self.events(job):
            if event["event"] == "done":
                break
        return self.ask("GET", f"/api/ingest/jobs/{job}")["status"]

    def wait_until_running(self, job: str) -> None:
        for event in self.events(job):
            data = event["data"]
            if data.get("status", data.get("job", {}).get("status")) == "running":
                return
        raise RuntimeError(f"job {job} has ended before it was seen running")


def run_ingot(ingot: Path, *arguments: str, data: Path | None = None) -> str:
    """Runs one command to its end; what it printed."""
    environment = dict(os.environ)
    if data is not None:
        environment["INGOT_DATA"] = str(data)
    result = subprocess.run(
        [ingot, *arguments], capture_output=True, text=True, env=environment, timeout=300, check=False
    )
    if result.returncode != 0:
        raise RuntimeError(f"ingot {' '.join(arguments)} ended with {result.returncode}: {result.stderr[-2000:]}")
    return result.stdout
