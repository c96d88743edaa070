"""Small and large objects through the S3 client, beside boto3 and aws-cli on the same servers."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from figure import Figure, Yardstick
from machine import Machine, Missing, run
from stores import aws, aws_environment, embedded, seaweedfs

TIMES_OF_BOTO3 = 5.0
BOTO3 = Path(__file__).parent.parent / "yardsticks" / "boto3_objects.py"
EMBEDDED = "the embedded R2"
CLIENTS = ["ingot", "boto3", "aws-cli"]
DIRECTIONS = ["put", "get"]


@dataclass
class Load:
    """Objects of one size. Rates are measured with fewer than the load has: they do not change with the number."""

    name: str
    size: int
    # Of the load that is told.
    count: int
    # That are stored and read back in a round, by Ingot and by each of the others.
    own_count: int
    others_count: int


def measure(machine: Machine) -> list[Figure]:
    if importlib.util.find_spec("boto3") is None:
        raise Missing("boto3 is not installed (scripts/setup --benchmarks)")
    loads = [
        Load("8 KiB", 8 << 10, 10_000, machine.rounds(4_000, 500), machine.rounds(500, 150)),
        Load("8 MiB", 8 << 20, 50, machine.rounds(16, 5), machine.rounds(6, 3)),
    ]
    figures: list[Figure] = []
    for name, serving in [(EMBEDDED, embedded), ("SeaweedFS", seaweedfs)]:
        with serving(machine) as settings:
            figures += compare(machine, name, settings, loads)
    return figures


def compare(machine: Machine, server: str, settings: dict[str, str], loads: list[Load]) -> list[Figure]:
    # Objects a second.
    rates: dict[tuple[str, str, str], list[float]] = {}
    rounds = machine.rounds(2, 1)
    for number in range(rounds):
        for load in loads:
            for client in CLIENTS:
                prefix = f"{client}-{load.size}-{number}"
                for direction, rate in rates_of(machine, settings, client, load, prefix).items():
                    rates.setdefault((client, direction, load.name), []).append(rate)

    def seconds(client: str) -> list[float]:
        return [
            sum(load.count / rates[client, direction, load.name][number] for load in loads for direction in DIRECTIONS)
            for number in range(rounds)
        ]

    others = [Yardstick(client, seconds(client)) for client in CLIENTS[1:]]
    whole = Figure(
        f"{' and '.join(f'{load.count:,} objects of {load.name}' for load in loads)}, stored and read back, {server}",
        "s", seconds("ingot"), others,
        target=f"{TIMES_OF_BOTO3:g} times as fast as boto3 ({1 / TIMES_OF_BOTO3:g} times its time); ahead of aws-cli",
    )
    # The quick form's few objects tell little of a server whose pace changes by the minute.
    whole.is_watched = server == EMBEDDED
    whole.is_met = whole.ratio(others[0]) <= 1 / TIMES_OF_BOTO3 and whole.ratio(others[1]) < 1
    parts = [
        Figure(
            f"{direction} objects of {load.name}, {server}", "objects/s", rates["ingot", direction, load.name],
            [Yardstick(client, rates[client, direction, load.name]) for client in CLIENTS[1:]], is_higher_better=True,
            # Of so few objects the quick form's rates are for the eye.
            is_watched=False,
        )
        for load in loads for direction in DIRECTIONS
    ]
    return [whole, *parts]


def rates_of(machine: Machine, settings: dict[str, str], client: str, load: Load, prefix: str) -> dict[str, float]:
    """Objects a second, stored and read."""
    count = load.own_count if client == "ingot" else load.others_count
    if client == "ingot":
        command = [machine.benchmark, "objects", "--count", count, "--size", load.size, "--prefix", prefix]
        seconds = json.loads(run(command, environment=os.environ | settings).output)
    elif client == "boto3":
        command = [sys.executable, BOTO3, count, load.size, prefix]
        seconds = json.loads(run(command, environment=aws_environment(settings)).output)
    else:
        seconds = copying(machine, settings, count, load.size, prefix)
    return {direction: count / seconds[direction] for direction in DIRECTIONS}


def copying(machine: Machine, settings: dict[str, str], count: int, size: int, prefix: str) -> dict[str, float]:
    """Seconds that aws-cli takes for a folder of files in each direction, without its start."""
    folder, copies = machine.new_folder("files"), machine.new_folder("copies")
    pattern = bytes((number * 31 + (number >> 8)) & 0xFF for number in range(size))
    for number in range(count):
        (folder / f"{number}").write_bytes(bytes([number & 0xFF]) + pattern[1:])
    place = f"s3://{settings['R2_BUCKET_NAME']}/{prefix}"
    copy = ["s3", "cp", "--recursive", "--only-show-errors"]
    # Of no file at all: what its start takes, once its code has been read from the disk.
    aws(machine, settings, *copy, machine.new_folder("none"), place)
    start = aws(machine, settings, *copy, machine.new_folder("none"), place)
    seconds = {
        "put": aws(machine, settings, *copy, folder, place) - start,
        "get": aws(machine, settings, *copy, place, copies) - start,
    }
    if len(list(copies.iterdir())) != count:
        raise RuntimeError(f"aws-cli brought {len(list(copies.iterdir()))} of {count} objects")
    return seconds
