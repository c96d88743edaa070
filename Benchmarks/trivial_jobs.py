"""Jobs that do nothing, given to whatever runs jobs behind HTTP, and when their first and last lines ran.

Jobs note `KEY S NANOSECONDS` and `KEY E NANOSECONDS`, with the monotonic clock, in a named pipe that is read here, so
that the client learns of them without asking anybody. Requests go over kept connections, as raw bytes.

What the client costs: up to 0.5 ms of processor time a job (3 % of one core at 60 jobs a second, less where more wait
at once). `jobs` prints what it was.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import random
import selectors
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from machine import PATIENCE

KEYS = (f"job{number}" for number in itertools.count())
# Before the next job of a series everything of the one before is over: 20 to 30 ms, at random, so that nothing that
# beats meets it in step.
PAUSES = (0.02, 0.03)


class Stamps:
    """The named pipe into which jobs write."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        # For writing as well, so that it never ends.
        self.file = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self.rest = b""

    @classmethod
    @contextlib.contextmanager
    def made(cls) -> Iterator[Stamps]:
        # Not in /tmp, which is another one in a sandbox.
        folder = tempfile.mkdtemp(prefix="bench-", dir="/var/tmp")
        stamps = cls(Path(folder) / "stamps")
        try:
            yield stamps
        finally:
            os.close(stamps.file)
            shutil.rmtree(folder)

    def fileno(self) -> int:
        return self.file

    def read(self) -> list[tuple[str, str, int]]:
        """What has been written since: key, `S` or `E`, nanoseconds."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.rest += os.read(self.file, 65_536)
        *lines, self.rest = self.rest.split(b"\n")
        found = []
        for line in lines:
            key, letter, moment = line.decode().split(" ")
            found.append((key, letter, int(moment)))
        return found

    def wait_for(self, keys: set[str]) -> dict[str, int]:
        """Waits for the last lines of jobs; the moments of their first ones."""
        starts: dict[str, int] = {}
        waiting = set(keys)
        end = time.monotonic() + PATIENCE
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            while waiting:
                if not selector.select(max(0, end - time.monotonic())):
                    raise RuntimeError(f"{len(waiting)} jobs have not ended after {PATIENCE:.0f} s")
                for key, letter, moment in self.read():
                    if letter == "S":
                        starts[key] = moment
                    else:
                        waiting.discard(key)
        return starts


class Connection:
    """One kept connection of HTTP/1.1, for one request after the other."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def fileno(self) -> int:
        return self.socket.fileno()

    def close(self) -> None:
        self.socket.close()

    def send(self, request: bytes) -> None:
        self.received = b""
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Takes what is there of the answer; whether that is all of it."""
        piece = self.socket.recv(65_536)
        if not piece:
            raise RuntimeError(f"the connection was closed after {self.received!r}")
        self.received += piece
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator:
            return False
        if head[9:10] != b"2":
            raise RuntimeError(f"refused: {self.received!r}")
        length = next(
            int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        )
        return len(body) >= length

    def ask(self, request: bytes) -> None:
        self.send(request)
        while not self.receive():
            pass


def request(method: str, path: str, host: str, port: int, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}:{port}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclasses.dataclass
class JobService:
    """Something that runs a job, in a process of its own, for each request."""

    host: str
    port: int
    stamps: Stamps
    # The request for a job that notes itself under this key.
    request: Callable[[str], bytes]
    # Returns when the ends of all jobs are written, which is later than that their last lines ran.
    wait_for_ends: Callable[[], None] = lambda: None
    # The processes that there have to be for it.
    processes: list[int] = dataclasses.field(default_factory=list)

    def connected(self) -> contextlib.closing[Connection]:
        return contextlib.closing(Connection(self.host, self.port))

    def first_lines(self, count: int) -> list[float]:
        """Milliseconds from before a request is sent to the first line of the job, one job after the other."""
        delays = []
        with self.connected() as connection:
            for key in itertools.islice(KEYS, count):
                begun = time.monotonic_ns()
                connection.ask(self.request(key))
                delays.append((self.stamps.wait_for({key})[key] - begun) / 1e6)
                time.sleep(random.uniform(*PAUSES))
        return delays

    def first_lines_at_once(self, slots: int, count: int) -> list[float]:
        """The same, for as many jobs at once as there are slots."""
        delays = []
        with contextlib.ExitStack() as stack:
            connections = [stack.enter_context(self.connected()) for _ in range(slots)]
            for _ in range(count):
                begun = {}
                for connection, key in zip(connections, KEYS, strict=False):
                    begun[key] = time.monotonic_ns()
                    connection.send(self.request(key))
                starts = self.stamps.wait_for(set(begun))
                delays += [(starts[key] - moment) / 1e6 for key, moment in begun.items()]
                for connection in connections:
                    while not connection.receive():
                        pass
                time.sleep(random.uniform(*PAUSES))
        return delays

    def load(self, seconds: float, clients: int) -> Load:
        """As many jobs as it runs, with always some that wait; each client asks for the next one when it may.

        What is asked for in this time is waited for.
        """
        # Enough that no slot is ever without a next job, and few enough that no queue's length counts.
        backlog = 4 * clients
        latencies = []
        running = ended = 0
        sent: dict[Connection, int] = {}
        own = time.process_time()
        begun = time.monotonic_ns()
        with contextlib.ExitStack() as stack:
            selector = stack.enter_context(selectors.DefaultSelector())
            idle = [stack.enter_context(self.connected()) for _ in range(clients)]
            for connection in idle:
                selector.register(connection, selectors.EVENT_READ)
            selector.register(self.stamps, selectors.EVENT_READ)
            while True:
                is_over = time.monotonic_ns() - begun > seconds * 1e9
                if is_over and not running and not sent:
                    break
                while idle and running < backlog and not is_over:
                    connection = idle.pop()
                    running += 1
                    sent[connection] = time.monotonic_ns()
                    connection.send(self.request(next(KEYS)))
                ready = selector.select(PATIENCE)
                if not ready:
                    raise RuntimeError(f"{ended} jobs have ended, and none for {PATIENCE:.0f} s; {running} are left")
                for key, _ in ready:
                    if key.fileobj is self.stamps:
                        ends = sum(letter == "E" for _, letter, _ in self.stamps.read())
                        ended += ends
                        running -= ends
                    elif key.fileobj.receive():
                        latencies.append((time.monotonic_ns() - sent.pop(key.fileobj)) / 1e6)
                        idle.append(key.fileobj)
        self.wait_for_ends()
        taken = (time.monotonic_ns() - begun) / 1e9
        return Load(ended / taken, latencies, (time.process_time() - own) / taken)


@dataclasses.dataclass
class Load:
    jobs_per_second: float
    # Of the requests for jobs, in milliseconds.
    latencies: list[float]
    # What the client itself used, in cores.
    client: float


def latencies(service: JobService, path: str, count: int) -> list[float]:
    """Milliseconds that a GET takes, one after the other."""
    asked = request("GET", path, service.host, service.port)
    taken = []
    with service.connected() as connection:
        for _ in range(count):
            begun = time.monotonic_ns()
            connection.ask(asked)
            taken.append((time.monotonic_ns() - begun) / 1e6)
    return taken


def spawned(command: list[str], count: int, expected: int = 0) -> list[float]:
    """Milliseconds from the start of a program to its end, one after the other."""
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin")}
    quiet = [(os.POSIX_SPAWN_OPEN, stream, "/dev/null", os.O_RDWR, 0) for stream in range(3)]
    taken = []
    for _ in range(count):
        begun = time.monotonic_ns()
        process = os.posix_spawn(command[0], command, environment, file_actions=quiet)
        _, status = os.waitpid(process, 0)
        taken.append((time.monotonic_ns() - begun) / 1e6)
        code = os.waitstatus_to_exitcode(status)
        if code != expected:
            raise RuntimeError(f"{' '.join(command)} ended with {code}")
    return taken
