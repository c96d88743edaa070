"""Jobs that are registered: run, changed, scheduled, and their history."""

import re

from browser import Reader
from check import check
from playwright.sync_api import expect
from world import World


def _reader(world: World) -> Reader:
    """One who writes what is refused, which the browser tells its console."""
    reader = world.reader()
    reader.allow("status of 422")
    return reader


def _definition(world: World, name: str, config: dict) -> int:
    body = {"name": name, "source": "probe", "config": config}
    return world.gateway.ask("POST", "/api/jobs", body)["job_id"]


@check("A registered job is run with its configuration, with another one, and not while it is switched off")
def runs(world: World) -> None:
    definition = _definition(world, "sample calls", {"events": 2, "log_lines": 3})
    page = _reader(world).open("/definitions")
    page.get_by_role("link", name="sample calls").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("sample calls")
    page.get_by_role("button", name="Run now").click()
    expect(page).to_have_url(re.compile("/jobs/[0-9a-f-]{36}$"))
    expect(page.locator("main")).to_contain_text("succeeded")

    page.goto(f"{world.gateway.url}/definitions/{definition}")
    page.get_by_text("Change the configuration").click()
    events = page.get_by_label("Events", exact=True)
    expect(events).to_have_value("2")
    # What the gateway refuses is told at its control, and saves nothing.
    reason = page.get_by_label("Fail", exact=True)
    reason.fill("No Such Way")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Fail")
    expect(reason).to_have_attribute("aria-invalid", "true")
    reason.fill("")
    events.fill("5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_hidden()
    kept = world.gateway.ask("GET", f"/api/jobs/{definition}")["default_config"]
    assert (kept["events"], kept["log_lines"]) == (5, 3) and "fail" not in kept
    events.fill("7")
    page.get_by_role("button", name="Run once with this").click()
    expect(page).to_have_url(re.compile("/jobs/[0-9a-f-]{36}$"))
    run = page.url.rsplit("/", 1)[1]
    assert world.gateway.ask("GET", f"/api/ingest/jobs/{run}")["parameters"]["events"] == 7
    assert world.gateway.ask("GET", f"/api/jobs/{definition}")["default_config"]["events"] == 5

    page.goto(f"{world.gateway.url}/definitions/{definition}")
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("button", name="Switch on")).to_be_visible()
    expect(page.get_by_role("button", name="Run now")).to_be_hidden()


@check("A schedule is looked at before it is added, starts runs, and tells what became of its due times")
def schedules(world: World) -> None:
    definition = _definition(world, "sample bulletin", {"events": 1})
    page = _reader(world).open(f"/definitions/{definition}")
    page.get_by_label("Cron expression").fill("61 * * * *")
    page.get_by_role("button", name="Show the next runs").click()
    expect(page.get_by_role("status").filter(has_text="the minute")).to_be_visible()
    page.get_by_label("Cron expression").fill("30 2 * * *")
    page.get_by_label("Time zone").fill("America/Chicago")
    page.get_by_role("button", name="Show the next runs").click()
    expect(page.locator("#preview li")).to_have_count(5)
    page.get_by_role("button", name="Add the schedule").click()
    expect(page.locator("#schedules")).to_contain_text("30 2 * * * (America/Chicago)")

    # One that is due every second, so that something becomes of it.
    world.gateway.ask("POST", "/api/schedules", {"job_id": definition, "timing": {"every_seconds": 1}})
    decided = page.locator("#schedules").get_by_role("link", name="Run").first
    expect(decided).to_be_visible(timeout=30_000)
    page.goto(f"{world.gateway.url}/schedules")
    expect(page.locator("main")).to_contain_text("sample bulletin")
    page.goto(f"{world.gateway.url}/history?job_id={definition}")
    expect(page.locator("#history tbody tr").first).to_contain_text("by schedule")

    page.goto(f"{world.gateway.url}/definitions/{definition}")
    section = page.locator("#schedules section").filter(has_text="30 2 * * *")
    section.get_by_role("button", name="Remove").click()
    expect(page.locator("#schedules")).not_to_contain_text("30 2 * * *")


@check("The history is filtered by job and end")
def history(world: World) -> None:
    definition = _definition(world, "sample inmates", {"fail": "error"})
    run = world.gateway.ask("POST", f"/api/jobs/{definition}/run", {})["run_id"]
    assert world.gateway.finish(run) == "failed"
    page = world.open("/history")
    page.get_by_label("Job", exact=True).select_option("sample inmates")
    page.get_by_label("End", exact=True).select_option("failure")
    page.get_by_role("button", name="Show", exact=True).click()
    rows = page.locator("#history tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("failure")
    page.get_by_label("End", exact=True).select_option("success")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#history")).to_contain_text("Nothing has run.")


@check("The pool's settings are changed, and what cannot be one is refused")
def proxies(world: World) -> None:
    page = _reader(world).open("/proxies")
    expect(page.locator("#pool")).to_contain_text("There is no pool")
    page.get_by_label("Valid proxies that are wanted").fill("7")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    assert world.gateway.ask("GET", "/api/proxies/status")["config"]["target_count"] == 7
    page.get_by_label("Address that they are checked with").fill("ftp://example.org/")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="validation_url")).to_be_visible()
    assert world.gateway.ask("GET", "/api/proxies/status")["config"]["target_count"] == 7


@check("The pool is shown with its source as it fills, and the button has the list fetched once more")
def pool(world: World) -> None:
    proxies = world.proxy_list(good=3)
    page = _reader(world).open("/proxies")
    source = {"name": "neighbours", "url": proxies.url}
    world.gateway.ask("POST", "/api/proxies/config", {"sources": [source], "target_count": 3})
    # The page keeps itself up to date.
    expect(page.locator("#pool")).to_contain_text("3 of 3 valid proxies: full")
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="neighbours"))
    expect(row.locator("td").nth(0)).to_have_text("3")
    expect(row).to_contain_text("used")
    assert proxies.fetched == 1
    fetched = row.get_by_role("time").get_attribute("datetime")

    page.get_by_role("button", name="Fetch the sources again").click()
    expect(page.get_by_role("status").filter(has_text="Refresh started.")).to_be_visible()
    expect(row.get_by_role("time")).not_to_have_attribute("datetime", fetched)
    assert proxies.fetched == 2
    expect(page.locator("#pool")).to_contain_text("3 of 3 valid proxies: full")
    listed = world.gateway.ask("GET", "/api/proxies/list")["proxies"]
    assert sorted(listed) == sorted(proxies.good), listed
