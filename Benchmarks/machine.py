"""What a measurement runs on: the executables, folders that go again, processes that end with this one."""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

# How long anything may take to start or to end.
PATIENCE = 60.0
# Servers that scripts/setup has unpacked and not installed, as their packages would start a service.
SERVERS = Path(__file__).parent.parent / ".build" / "benchmarks" / "servers"


class Missing(Exception):
    """Something that a group needs is not on this machine; the group is passed over, and the table says so."""


def unpacked_environment() -> dict[str, str]:
    """In which servers that were only unpacked find their libraries."""
    folders = [str(path) for path in sorted((SERVERS / "usr" / "lib").glob("*-linux-gnu"))]
    return os.environ | {"LD_LIBRARY_PATH": ":".join(folders)}


def free_port() -> int:
    """A port that nothing listens on, for servers that do not tell which one they were given."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def ends_with_its_parent() -> None:
    """Lets the kernel end a process whose parent is gone, however that has ended (`PR_SET_PDEATHSIG`)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


@dataclasses.dataclass
class Machine:
    """Where things lie, and how thoroughly to measure."""

    # Holds `ingot`, `ingot-runner` and `ingot-benchmark`.
    executables: Path
    # Goes when the measurement is over.
    folder: Path
    # Few and small rounds, for continuous integration.
    is_quick: bool
    # Real documents, when they are there.
    shared: Path | None

    @property
    def ingot(self) -> Path:
        return self.executables / "ingot"

    @property
    def runner(self) -> Path:
        return self.executables / "ingot-runner"

    @property
    def benchmark(self) -> Path:
        return self.executables / "ingot-benchmark"

    def new_folder(self, name: str) -> Path:
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))

    def tool(self, name: str, package: str) -> str:
        """A program of this machine, or `Missing` with the Debian package that has it."""
        folders = [str(Path(sys.executable).parent), f"{SERVERS}/usr/bin", f"{SERVERS}/usr/sbin"]
        found = shutil.which(name, path=":".join(folders)) or shutil.which(name) or shutil.which(name, path="/usr/sbin")
        if found is None:
            raise Missing(f"{name} is not installed (Debian's package {package})")
        return found

    def rounds(self, whole: int, quick: int) -> int:
        return quick if self.is_quick else whole


@dataclasses.dataclass
class Usage:
    """What the kernel says of a process that has ended, its children that were waited for included."""

    wall: float
    processor: float
    # Bytes: the largest of the processes.
    peak_memory: int
    output: bytes


def run(command: list[object], *, environment: dict[str, str] | None = None, expected: int = 0) -> Usage:
    """Runs a program to its end, with what it took."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.PIPE, stderr=errors, env=environment,
            preexec_fn=ends_with_its_parent,
        )
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
        if process.returncode != expected:
            errors.seek(0)
            words = errors.read()[-2000:].decode(errors="replace")
            raise RuntimeError(f"{' '.join(map(str, command))} ended with {process.returncode}: {words}")
    return Usage(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, output)


@contextlib.contextmanager
def background(
    command: list[object], log: Path, *, environment: dict[str, str] | None = None, is_heard: bool = True
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs while the block does; asked to end after it, and made to when it does not.

    What it says goes to the caller, or to the log as well where nobody listens (`is_heard`).
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.PIPE if is_heard else output, stderr=output,
            env=environment, preexec_fn=ends_with_its_parent,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def until(condition: Callable[[], bool], what: str) -> None:
    """Waits for something that is about to be so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not so after {PATIENCE:.0f} s")
        time.sleep(0.002)


class Gateway:
    """A real `ingot serve` with a data folder of its own, spoken to over connections that are kept."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, data: Path) -> None:
        self.process = process
        self.url = url
        self.data = data
        address = urllib.parse.urlsplit(url)
        self.host, self.port = address.hostname, address.port
        self.key = (data / "local.key").read_text().split()[0]

    @classmethod
    @contextlib.contextmanager
    def serving(
        cls, machine: Machine, *arguments: object, environment: dict[str, str] | None = None, data: Path | None = None
    ) -> Iterator[Gateway]:
        data = data or machine.new_folder("gateway") / "data"
        command = [machine.ingot, "serve", "--port", "0", "--data", data, "--enable-probe", "--drain", "0",
                   "--requests-per-second", "1000000", *arguments]
        with background(command, machine.folder / "gateway.log", environment=os.environ | (environment or {})) as process:
            line = process.stdout.readline().decode()
            prefix = "listening on "
            if not line.startswith(prefix):
                raise RuntimeError(f"ingot serve said {line!r} first; see {machine.folder}/gateway.log")
            yield cls(process, line.removeprefix(prefix).strip(), data)

    def connection(self) -> http.client.HTTPConnection:
        """For one thread."""
        return http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)

    def ask(
        self, method: str, path: str, body: object = None, connection: http.client.HTTPConnection | None = None
    ) -> dict[str, object]:
        """One request; its JSON answer."""
        with contextlib.ExitStack() as stack:
            own = connection or stack.enter_context(contextlib.closing(self.connection()))
            headers = {"Authorization": f"Bearer {self.key}"}
            if body is not None:
                headers["Content-Type"] = "application/json"
            own.request(method, path, None if body is None else json.dumps(body), headers)
            answer = own.getresponse()
            text = answer.read()
            if answer.status >= 400:
                raise RuntimeError(f"{method} {path}: {answer.status} {text.decode(errors='replace')}")
            return json.loads(text) if text else {}

    def submit(
        self, source: str, parameters: dict[str, object], query: str = "",
        connection: http.client.HTTPConnection | None = None,
    ) -> str:
        path = f"/api/ingest/{source}" + (f"?{query}" if query else "")
        return str(self.ask("POST", path, parameters, connection)["jobId"])

    def end(self, job: str) -> dict[str, object]:
        """Waits for the end of a job; the job."""
        with contextlib.closing(self.connection()) as connection:
            connection.request("GET", f"/api/ingest/jobs/{job}/events", headers={"Authorization": f"Bearer {self.key}"})
            for line in connection.getresponse():
                if line.startswith(b"event: done"):
                    break
        return self.ask("GET", f"/api/ingest/jobs/{job}")

    def memory(self) -> int:
        """Bytes of the gateway's process that are its own or its share of what several use (PSS)."""
        for line in Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("the kernel does not tell the memory")

    def processor_time(self) -> float:
        """Seconds of processor time that the gateway has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
