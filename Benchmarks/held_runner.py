"""Stands in for `ingot-runner` when a benchmark reports in a runner's place.

It is started by a gateway as a runner is: `held_runner.py RUNNER NOTE WORDS…`. An attempt (`run`) writes what it was
told to the file NOTE and holds the job open, with a sign of life every few seconds, until it is told to stop; anything
else is done by the real RUNNER.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
from pathlib import Path

PAUSE = 4.0


def main() -> None:
    runner, note, *words = sys.argv[1:]
    if words[:1] != ["run"]:
        os.execv(runner, [runner, *words])
    settings = dict(os.environ)
    with os.fdopen(int(settings["INGOT_SETTINGS_FD"]), "rb") as given:
        settings |= json.load(given)
    told = {name: settings[name] for name in ("INGOT_JOB_ID", "INGOT_ATTEMPT", "INGOT_ATTEMPT_TOKEN", "INGOT_GATEWAY_URL")}
    # Whoever waits for the note must not find half of it.
    unfinished = Path(f"{note}.unfinished")
    unfinished.write_text(json.dumps(told))
    unfinished.rename(note)
    # A report without events: contact keeps the attempt's lease, and the numbers are left to whoever reports events.
    report = urllib.request.Request(
        f"{told['INGOT_GATEWAY_URL']}/api/ingest/jobs/{told['INGOT_JOB_ID']}/progress",
        json.dumps({"attempt": int(told["INGOT_ATTEMPT"]), "events": []}).encode(),
        {"Authorization": f"Bearer {told['INGOT_ATTEMPT_TOKEN']}", "Content-Type": "application/json"},
    )
    while True:
        with urllib.request.urlopen(report, timeout=15) as answer:
            if json.load(answer)["stop"]:
                return
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
