"""Stores objects and reads them back with boto3: one client, shared by a pool of threads as its guide recommends.

Takes the count of objects, the bytes of each and what their keys begin with; prints the seconds as JSON.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

# As many as boto3's own transfers use, and as its pool has connections.
THREADS = 10

count, size, prefix = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
bucket = os.environ["BUCKET"]
client = boto3.client("s3", config=Config(max_pool_connections=THREADS, s3={"addressing_style": "path"}))
pattern = bytes((number * 31 + (number >> 8)) & 0xFF for number in range(size))


def put(number: int) -> None:
    client.put_object(Bucket=bucket, Key=f"{prefix}/{number}", Body=bytes([number & 0xFF]) + pattern[1:])


def get(number: int) -> None:
    body = client.get_object(Bucket=bucket, Key=f"{prefix}/{number}")["Body"].read()
    if len(body) != size or body[0] != number & 0xFF:
        raise RuntimeError(f"object {number} came back as another one")


def seconds(work: Callable[[int], None]) -> float:
    begun = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(work, range(count)):
            pass
    return time.perf_counter() - begun


# The first request makes what all later ones share.
client.head_bucket(Bucket=bucket)
print(json.dumps({"put": seconds(put), "get": seconds(get)}))
