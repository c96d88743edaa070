"""Runs checks in a real browser against real gateways.

    python run.py --list
    python run.py --ingot PATH [--law FOLDER] [--evidence FOLDER] [CHECK ...]
    python run.py --ingot PATH --make-law FOLDER

A check is named GROUP or GROUP.NAME; without any, all are run. For each one a line of JSON is printed. Of a check that
fails, the evidence (pictures, HTML, console, the gateway's log) stays in the folder for it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
# Beside the sources nothing is written.
sys.dont_write_bytecode = True

from check import Check, all_checks  # noqa: E402


def run(check: Check, browser: object, ingot: Path, law: object, evidence: Path) -> dict[str, object]:
    from world import World, gateway_with

    outcome: dict[str, object] = {"check": check.id, "sentence": check.sentence}
    kept = evidence / check.id
    shutil.rmtree(kept, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="browser-") as temporary:
        folder = Path(temporary)
        world = None
        try:
            with gateway_with(law, ingot, folder, list(check.arguments)) as gateway:
                world = World(browser, gateway)
                try:
                    check.body(world)
                    world.assert_no_complaints()
                    outcome["passed"] = True
                except Exception:
                    for number, reader in enumerate(world.readers, start=1):
                        reader.keep_evidence(kept, f"reader-{number}")
                    raise
                finally:
                    world.close()
        except Exception as error:
            outcome["passed"] = False
            outcome["error"] = str(error) or type(error).__name__
            outcome["trace"] = traceback.format_exc()
            kept.mkdir(parents=True, exist_ok=True)
            (kept / "trace.txt").write_text(outcome["trace"])
            if (log := folder / "gateway.log").exists():
                shutil.copy(log, kept / "gateway.log")
            outcome["evidence"] = sorted(str(file) for file in kept.iterdir())
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checks", nargs="*", metavar="CHECK")
    parser.add_argument("--list", action="store_true", help="print the checks as lines of JSON and end")
    parser.add_argument("--ingot", type=Path, help="the executable; ingot-runner lies beside it")
    parser.add_argument("--law", type=Path, help="a folder of --make-law; made anew without it")
    parser.add_argument("--make-law", type=Path, metavar="FOLDER", help="make the sample law there and end")
    parser.add_argument("--evidence", type=Path, default=Path("browser-evidence"))
    arguments = parser.parse_args()

    checks = all_checks()
    if arguments.list:
        for check in checks:
            print(json.dumps({"check": check.id, "sentence": check.sentence}))
        return 0
    if not arguments.ingot:
        parser.error("--ingot is needed")

    from sample_law import SampleLaw

    if arguments.make_law:
        SampleLaw.make(arguments.ingot, arguments.make_law)
        return 0
    chosen = [
        check for check in checks if not arguments.checks or check.id in arguments.checks or check.group in arguments.checks
    ]
    if not chosen:
        parser.error("there is no such check; --list prints all")

    from browser import chromium

    failures = 0
    with tempfile.TemporaryDirectory(prefix="law-") as temporary, chromium() as browser:
        law = SampleLaw(arguments.law) if arguments.law else SampleLaw.make(arguments.ingot, Path(temporary))
        for check in chosen:
            outcome = run(check, browser, arguments.ingot.absolute(), law, arguments.evidence)
            failures += not outcome["passed"]
            print(json.dumps(outcome), flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
