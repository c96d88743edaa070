"""Jobs: started from a form, watched to their end, cancelled, tried again, filtered."""

import json
import re

from browser import PATIENCE
from check import check
from playwright.sync_api import Locator, Page, expect
from world import World, assert_same_page, same_page_mark

JOB = re.compile(r"/jobs/[0-9a-f-]{36}$")
CANCEL = "Cancel…"
START = "Start the job"


def expect_status(page: Page, status: str) -> None:
    """What the page says of its job; some jobs of the checks take a while."""
    line = page.get_by_role("region", name="State").locator(".status").first
    expect(line).to_have_text(status, timeout=2 * PATIENCE)


def field(page: Page, name: str) -> Locator:
    """The control of one parameter in the form."""
    return page.locator(f".field[data-name='{name}'] input")


def log_lines(page: Page) -> Locator:
    return page.get_by_role("region", name="Lines of the log")


def start_probe(page: Page, **values: object) -> None:
    page.goto("/jobs/new?source=probe")
    for name, value in values.items():
        field(page, name).fill(str(value))
    page.get_by_role("button", name=START).click()
    expect(page).to_have_url(JOB)


def confirm(page: Page) -> None:
    """Says in the dialog that it is meant."""
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Cancel the job").click()


@check("A job is started from the form of its source and watched to its end without a reload")
def start_and_watch(world: World) -> None:
    page = world.open("/jobs")
    page.get_by_role("link", name="Start a job").click()
    page.get_by_role("navigation", name="Sources").get_by_role("link", name=re.compile("usc")).click()
    page.get_by_role("button", name=START).click()
    expect(page).to_have_url(JOB)
    same_page_mark(page)
    expect_status(page, "succeeded")
    expect(page.locator("main")).to_contain_text("900-2")
    # Both titles are units of the job, and each is done.
    units = page.get_by_role("list", name="Units").get_by_role("listitem")
    expect(units.locator(".unseen")).to_have_text(["1: done", "5: done"])
    assert_same_page(page)


@check("A long job shows its progress, its log and its stages while it runs, and its result when it ends")
def progress(world: World) -> None:
    page = world.open("/jobs")
    start_probe(page, events=30, interval_ms=100, log_lines=30)
    same_page_mark(page)
    bar = page.get_by_role("progressbar").first
    expect(bar).to_be_visible()
    expect(log_lines(page)).to_contain_text(re.compile(r"\S"))
    expect_status(page, "succeeded")
    assert_same_page(page)
    expect(page.get_by_role("button", name=CANCEL)).to_be_hidden()
    expect(page.get_by_role("list", name="Stages").locator("[aria-current]")).to_have_count(0)


@check("A job is cancelled after a question, and the page says so by itself")
def cancel(world: World) -> None:
    page = world.open("/jobs")
    start_probe(page, events=1, sleep_ms=120000)
    same_page_mark(page)
    expect_status(page, "running")
    page.get_by_role("button", name=CANCEL).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    # First thoughts are not final.
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name=CANCEL)).to_be_focused()
    page.get_by_role("button", name=CANCEL).click()
    confirm(page)
    expect_status(page, "cancelled")
    assert_same_page(page)


@check("A failed job says why and what to do, and is tried again as a new job that names it")
def retry(world: World) -> None:
    failed = world.gateway.submit("probe", {"events": 2, "fail": "error"})
    assert world.gateway.finish(failed) == "failed"
    error = world.gateway.ask("GET", f"/api/ingest/jobs/{failed}")["error"]
    page = world.open(f"/jobs/{failed}")
    expect_status(page, "failed")
    expect(page.locator("main")).to_contain_text(error["code"])
    expect(page.locator("main")).to_contain_text(error["message"])
    page.get_by_role("button", name="Do it again").click()
    expect(page).to_have_url(re.compile(r"/jobs/(?!" + failed + r")[0-9a-f-]{36}$"))
    expect_status(page, "failed")
    expect(page.locator(f"main a[href='/jobs/{failed}']")).to_be_visible()


@check("What a form lacks or has wrong is said at its field, and nothing is started")
def wrong_form(world: World) -> None:
    reader = world.reader()
    reader.allow("status of 4(00|22)")
    page = reader.open("/jobs/new?source=usc")
    before = len(world.gateway.ask("GET", "/api/ingest/jobs")["jobs"])
    field(page, "release").fill("not a release")
    page.get_by_role("button", name=START).click()
    alert = page.get_by_role("alert")
    expect(alert).to_be_visible()
    expect(alert).to_be_focused()
    expect(field(page, "release")).to_have_attribute("aria-invalid", "true")
    assert len(world.gateway.ask("GET", "/api/ingest/jobs")["jobs"]) == before
    # Put right, the same form goes through.
    field(page, "release").fill("")
    page.get_by_role("button", name=START).click()
    expect(page).to_have_url(JOB)


@check("One form starts one job, however often its button is pressed")
def once(world: World) -> None:
    page = world.open("/jobs/new?source=probe")
    before = len(world.gateway.ask("GET", "/api/ingest/jobs")["jobs"])
    page.get_by_role("button", name=START).dblclick()
    expect(page).to_have_url(JOB)
    assert len(world.gateway.ask("GET", "/api/ingest/jobs")["jobs"]) == before + 1


@check("The list shows a job that somebody else has started, and its end, without a reload")
def live_list(world: World) -> None:
    page = world.open("/jobs")
    same_page_mark(page)
    job = world.gateway.submit("probe", {"events": 20, "interval_ms": 100})
    row = page.get_by_role("row").filter(has=page.locator(f"a[href='/jobs/{job}']"))
    expect(row).to_be_visible()
    expect(row).to_contain_text("succeeded")
    assert_same_page(page)


@check("Lists are filtered and paged by links and forms, and back leads back")
def filters_and_pages(world: World) -> None:
    for _ in range(60):
        world.gateway.submit("probe", {})
    jobs = [job["id"] for job in world.gateway.ask("GET", "/api/ingest/jobs?limit=200")["jobs"]]
    for job in jobs:
        world.gateway.finish(job)
    for scripts in (True, False):
        page = world.open("/jobs", java_script_enabled=scripts)
        seen = page_ids(page)
        assert seen == jobs[: len(seen)], "the newest come first"
        while page.get_by_role("link", name=re.compile("older", re.IGNORECASE)).count():
            page.get_by_role("link", name=re.compile("older", re.IGNORECASE)).click()
            page.wait_for_url(re.compile("cursor="))
            seen += page_ids(page)
        assert seen == jobs, "each job once"
        page.get_by_role("link", name=re.compile("newer", re.IGNORECASE)).click()
        before_last = page_ids(page)
        assert before_last == jobs[jobs.index(before_last[0]) :][: len(before_last)], "back as forth"
        page.go_back()
        assert page_ids(page)[-1] == jobs[-1]

        page.goto("/jobs")
        page.get_by_label("Source", exact=True).select_option("usc")
        page.get_by_label("State", exact=True).select_option("succeeded")
        page.get_by_role("button", name="Show", exact=True).click()
        page.wait_for_url(re.compile("source=usc"))
        assert len(page_ids(page)) == 2, "the two releases"
        expect(page.get_by_label("Source", exact=True)).to_have_value("usc")


def page_ids(page: Page) -> list[str]:
    """The jobs of the list, in its order."""
    places = page.locator("main table a[href^='/jobs/']").evaluate_all("(all) => all.map((a) => a.pathname)")
    return list(dict.fromkeys(place.removeprefix("/jobs/") for place in places if len(place) == 42))


@check("A log is searched, from hit to hit, and held still while it grows")
def log_search(world: World) -> None:
    job = world.gateway.submit("probe", {"events": 10, "log_lines": 80})
    assert world.gateway.finish(job) == "succeeded"
    page = world.open(f"/jobs/{job}")
    log = log_lines(page)
    lines = log.locator(".line")
    expect(lines.filter(has_text="79")).not_to_have_count(0)
    whole = log.inner_text()
    page.get_by_role("searchbox", name="Search the log").fill("line 7")
    hits = log.locator(".line:has(mark)")
    expect(hits).not_to_have_count(0)
    assert all("line 7" in text for text in hits.all_inner_texts())
    page.get_by_role("button", name="Next", exact=True).click()
    expect(log.locator(".current")).to_have_text(hits.nth(0).inner_text())
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_role("button", name="Previous", exact=True).click()
    expect(log.locator(".current")).to_have_count(1)
    # A hit is marked, and no character of the log is lost.
    assert log.inner_text() == whole


@check("What a run writes is shown as text, control characters and markup included")
def hostile_log(world: World) -> None:
    line = "<img src=x onerror=window.taken=1>\x1b[31mred\x1b]0;another title\x07 & done"
    job = world.gateway.submit("probe", {"events": 2, "interval_ms": 1000, "output_line": line})
    page = world.open(f"/jobs/{job}")
    title = page.title()
    log = log_lines(page).locator(".line").filter(has_text="<img src=x onerror=window.taken=1>")
    expect(log).to_have_count(1)
    expect(log).to_contain_text("& done")
    assert page.evaluate("window.taken") is None
    assert page.locator("main img[src='x']").count() == 0
    world.gateway.finish(job)
    page.reload()
    expect(log).to_have_count(1)
    assert page.evaluate("window.taken") is None
    assert page.title().split(" ")[-1] == title.split(" ")[-1] and "another title" not in page.title()


@check("Text that looks like markup stays text, wherever a job brings it")
def hostile_text(world: World) -> None:
    text = "<img/src=x/onerror=window.taken=1><script>window.taken=1</script>"
    job = world.gateway.submit("probe", {"events": 2, "key": text})
    world.gateway.finish(job)
    for path in (f"/jobs/{job}", "/jobs", f"/search?q={text}", f"/jobs/new?source={text}", f"/law/us/{text}"):
        reader = world.reader()
        reader.allow("status of 4")
        page = reader.open(path)
        page.wait_for_load_state("load")
        assert page.evaluate("window.taken") is None, path
        assert page.locator("main script[src], main img[src='x']").count() == 0, path
    page = world.open(f"/jobs/{job}")
    expect(page.locator("main")).to_contain_text(json.dumps(text)[1:-1])
