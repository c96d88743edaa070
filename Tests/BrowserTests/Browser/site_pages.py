"""The pages that there are, in front of a store where something has happened."""

from __future__ import annotations

import html.parser
import urllib.parse
from dataclasses import dataclass, field

from gateway import Gateway
from sample_law import NEW, OLD

# A section whose text differs between the two labels.
CHANGED_SECTION = "/us/usc/t1/s48"
TITLE = "/us/usc/t1"
CHAPTER_OF_STATUTES = "/us/ct/cgs/t1/ch1"


@dataclass
class Jobs:
    """One job of each kind of end, one that runs and one that waits; needs `--slots 1`."""

    by_status: dict[str, str] = field(default_factory=dict)
    # A registered job with a schedule and a run.
    definition: int = 0

    @classmethod
    def make(cls, gateway: Gateway) -> Jobs:
        jobs = cls()
        jobs.by_status["succeeded"] = next(
            job["id"] for job in gateway.ask("GET", "/api/ingest/jobs?source=usc")["jobs"] if job["status"] == "succeeded"
        )
        failed = gateway.submit("probe", {"events": 4, "log_lines": 40, "fail": "error"})
        assert gateway.finish(failed) == "failed"
        jobs.by_status["failed"] = failed
        cancelled = gateway.submit("probe", {"events": 2, "sleep_ms": 120_000})
        gateway.wait_until_running(cancelled)
        gateway.ask("POST", f"/api/ingest/jobs/{cancelled}/cancel")
        assert gateway.finish(cancelled) == "cancelled"
        jobs.by_status["cancelled"] = cancelled
        running = gateway.submit("probe", {"events": 400, "interval_ms": 500, "log_lines": 60, "sleep_ms": 60_000})
        gateway.wait_until_running(running)
        jobs.by_status["running"] = running
        # A check may look at the same store twice.
        known = {definition["name"]: definition["job_id"] for definition in gateway.ask("GET", "/api/jobs")}
        jobs.definition = known.get("sample calls", 0)
        if not jobs.definition:
            body = {"name": "sample calls", "source": "probe", "config": {"events": 1}}
            jobs.definition = gateway.ask("POST", "/api/jobs", body)["job_id"]
            timing = {"cron": "0 6 * * *", "time_zone": "America/Chicago"}
            gateway.ask("POST", "/api/schedules", {"job_id": jobs.definition, "timing": timing})
        gateway.ask("POST", f"/api/jobs/{jobs.definition}/run", {})
        jobs.by_status["queued"] = gateway.submit("probe", {"events": 3})
        return jobs


def pages(jobs: Jobs) -> dict[str, str]:
    """The path of each page, by a name for it."""
    return {
        "start": "/",
        "jobs": "/jobs",
        "jobs-none": "/jobs?source=cga&status=failed",
        **{f"job-{status}": f"/jobs/{job}" for status, job in jobs.by_status.items()},
        "job-new": "/jobs/new?source=usc",
        "job-new-probe": "/jobs/new?source=probe",
        "definitions": "/definitions",
        "definition": f"/definitions/{jobs.definition}",
        "calendar": "/schedules",
        "history": "/history",
        "proxies": "/proxies",
        "history-none": "/history?status=CANCELLED&job_id=999",
        "sources": "/sources",
        "source": "/sources/usc",
        "source-statutes": "/sources/cga",
        "source-empty": "/sources/probe",
        "law": "/law",
        "title": f"/law{TITLE}",
        "section": f"/law{CHANGED_SECTION}",
        "section-as-of": f"/law{CHANGED_SECTION}?at={OLD}",
        "section-compared": f"/law{CHANGED_SECTION}?at={NEW}&against={OLD}",
        "statutes": f"/law{CHAPTER_OF_STATUTES}",
        "corpus-compared": f"/compare?source=usc&from={OLD}&to={NEW}",
        "search": "/search?q=records",
        "search-citation": "/search?q=1+U.S.C.+48",
        "search-nothing": "/search?q=zyzzyvas",
        "search-empty": "/search",
        "releases": "/sources/usc/releases",
        "system": "/system",
        "keys": "/system/keys",
        "audit": "/system/audit",
        "webhooks": "/system/webhooks",
        "reference": "/reference",
        "sign-in": "/sign-in",
        "not-found": "/jobs/01900000-0000-7000-8000-000000000000",
    }


# Pages that say that there is no such thing.
ABSENT = {"not-found"}


class _Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.places: set[str] = set()
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if values.get("id"):
            self.ids.add(values["id"])
        if tag == "a" and values.get("href"):
            self.places.add(values["href"])
        if tag == "img" and values.get("src"):
            self.places.add(values["src"])


def links(page: str, text: str) -> set[str]:
    """The paths on the same site that a page leads to, without fragments."""
    found = _Links()
    found.feed(text)
    places = set()
    for place in found.places:
        whole = urllib.parse.urljoin(page, place)
        if whole.startswith(("http://127.0.0.1", "/")):
            places.add(urllib.parse.urldefrag(whole).url)
    return places


def broken_fragments(text: str) -> set[str]:
    """Links within a page to a place that it has not."""
    found = _Links()
    found.feed(text)
    return {place for place in found.places if place.startswith("#") and len(place) > 1 and place[1:] not in found.ids}
