"""Measures Ingot beside yardsticks, in one run, and prints a table and JSON.

Every figure is taken in rounds; a round measures Ingot and the yardsticks one after the other, and what is told is the
median of the rounds' ratios with their spread. `--quick` takes few and small rounds, and fails when a ratio is more than
30 % worse than the one that is kept in Benchmarks/kept.json, three times in a row: what else the machine does can make
one figure worse, and does not make the same one worse again and again.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from figure import Figure, markdown, table  # noqa: E402
from machine import Machine, Missing  # noqa: E402

# In the order in which they are told; each is a module in groups/ with a function `measure(machine) -> list[Figure]`.
GROUPS = ["start", "jobs", "idle", "parse", "ingest", "rows", "objects", "watchers", "growth"]
# Of nothing else's ratios, so the quick form has nothing to watch in them.
UNWATCHED = ["growth"]
ALLOWANCE = 0.3
TRIES = 3


def kept_ratios() -> dict[str, float]:
    path = HERE / "kept.json"
    return json.loads(path.read_text()) if path.exists() else {}


def fallen_ratios(figures: list[Figure], kept: dict[str, float]) -> dict[str, str]:
    """The figures whose ratios are worse than the kept ones, and by how much."""
    return {
        figure.name: f"{figure.name}: {figure.watched_ratio:.3g} times its yardstick; kept {kept[figure.name]:.3g}"
        for figure in figures
        if figure.name in kept and figure.has_fallen(kept[figure.name], ALLOWANCE)
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executables", type=Path, required=True, help="the folder of the optimised executables")
    parser.add_argument("--quick", action="store_true", help="few rounds; fail when a kept ratio has fallen")
    parser.add_argument("--keep", action="store_true", help="keep this run's ratios for later quick ones")
    parser.add_argument("--only", nargs="+", choices=GROUPS, metavar="GROUP", help=", ".join(GROUPS))
    parser.add_argument("--json", type=Path, help="where to write the figures as JSON as well")
    parser.add_argument("--markdown", type=Path, help="where to write them as a table for docs/performance.md")
    arguments = parser.parse_args()
    shared = Path(os.environ.get("INGOT_SHARED") or HERE.parent.parent / "shared")
    figures: dict[str, list[Figure]] = {}
    missing: dict[str, str] = {}
    failed: dict[str, str] = {}
    fallen: dict[str, str] = {}
    kept = kept_ratios() if arguments.quick and not arguments.keep else {}
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        machine = Machine(
            arguments.executables.absolute(), Path(temporary), arguments.quick,
            shared if (shared / "data").is_dir() else None,
        )
        for name in arguments.only or [name for name in GROUPS if not (arguments.quick and name in UNWATCHED)]:
            begun = time.monotonic()
            try:
                group = importlib.import_module(f"groups.{name}")
                figures[name] = group.measure(machine)
                worse = fallen_ratios(figures[name], kept)
                for _ in range(TRIES - 1):
                    if not worse:
                        break
                    print(f"== {name}: worse than before, so once more: {'; '.join(worse.values())}", flush=True)
                    again = fallen_ratios(group.measure(machine), kept)
                    worse = {figure: line for figure, line in worse.items() if figure in again}
                fallen |= worse
                print(f"== {name} ({time.monotonic() - begun:.0f} s)\n{table(figures[name])}\n", flush=True)
            except Missing as reason:
                missing[name] = str(reason)
                print(f"== {name}: NOT MEASURED: {reason}\n", flush=True)
            except Exception as error:  # A group that fails does not hide the others, and the run fails at its end.
                failed[name] = str(error)
                traceback.print_exc()
    taken = [figure for group in figures.values() for figure in group]
    if arguments.json:
        report = {
            "quick": arguments.quick,
            "groups": {name: [figure.to_json() for figure in group] for name, group in figures.items()},
            "missing": missing, "failed": failed, "fallen": list(fallen.values()),
        }
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")
    if arguments.markdown:
        arguments.markdown.write_text(markdown(taken) + "\n")
    if arguments.keep:
        ratios = kept_ratios() | {
            figure.name: round(figure.watched_ratio, 4) for figure in taken if figure.watched_ratio is not None
        }
        (HERE / "kept.json").write_text(json.dumps(dict(sorted(ratios.items())), indent=2) + "\n")
    for line in fallen.values():
        print(f"FALLEN: {line}")
    for name, reason in failed.items():
        print(f"FAILED: {name}: {reason}")
    missed = [figure for figure in taken if figure.is_met is False]
    print(f"{len(taken)} figures; {len(missed)} targets missed; {len(missing)} groups not measured")
    return 1 if fallen or failed else 0


if __name__ == "__main__":
    sys.exit(main())
