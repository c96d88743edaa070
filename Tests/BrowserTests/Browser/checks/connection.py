"""Connections that break in the middle and heal."""

import re

from check import check
from checks.jobs import JOB, START, expect_status
from playwright.sync_api import expect
from world import World, assert_same_page, same_page_mark

# What Chromium says of a connection that is gone.
LOST = r"net::ERR_|Failed to load resource"


@check("A page whose connection is cut says so, and goes on by itself when it is mended")
def cut_and_mended(world: World) -> None:
    proxy = world.proxy()
    reader = world.reader(proxy.url)
    reader.allow(LOST)
    job = world.gateway.submit("probe", {"events": 900, "interval_ms": 200, "log_lines": 20})
    world.gateway.wait_until_running(job)
    page = reader.open(f"/jobs/{job}")
    same_page_mark(page)
    expect_status(page, "running")
    proxy.cut()
    line = page.locator("#connection")
    expect(line).to_be_visible()
    expect(line).to_contain_text(re.compile("lost|reconnect", re.IGNORECASE))
    proxy.mend()
    expect(line).to_be_hidden()
    expect_status(page, "running")
    world.gateway.ask("POST", f"/api/ingest/jobs/{job}/cancel")
    expect_status(page, "cancelled")
    assert_same_page(page)


@check("What happened while a page was cut off is there when it is back")
def end_is_missed(world: World) -> None:
    proxy = world.proxy()
    reader = world.reader(proxy.url)
    reader.allow(LOST)
    job = world.gateway.submit("probe", {"events": 1, "sleep_ms": 120_000})
    world.gateway.wait_until_running(job)
    page = reader.open(f"/jobs/{job}")
    same_page_mark(page)
    expect_status(page, "running")
    proxy.cut()
    expect(page.locator("#connection")).to_be_visible()
    world.gateway.ask("POST", f"/api/ingest/jobs/{job}/cancel")
    assert world.gateway.finish(job) == "cancelled"
    proxy.mend()
    expect_status(page, "cancelled")
    expect(page.locator("#connection")).to_be_hidden()
    assert_same_page(page)


@check("A page outlives its gateway: killed and started again, it shows the job to its end")
def gateway_killed(world: World) -> None:
    job = world.gateway.submit("probe", {"events": 900, "interval_ms": 200})
    world.gateway.wait_until_running(job)
    reader = world.reader()
    reader.allow(LOST)
    page = reader.open(f"/jobs/{job}")
    same_page_mark(page)
    expect_status(page, "running")
    world.gateway.kill()
    expect(page.locator("#connection")).to_be_visible()
    world.gateway.start()
    expect(page.locator("#connection")).to_be_hidden()
    expect_status(page, "running")
    world.gateway.ask("POST", f"/api/ingest/jobs/{job}/cancel")
    expect_status(page, "cancelled")
    assert_same_page(page)


@check("The list of jobs heals as well, and shows what has begun meanwhile")
def list_heals(world: World) -> None:
    proxy = world.proxy()
    reader = world.reader(proxy.url)
    reader.allow(LOST)
    page = reader.open("/jobs")
    same_page_mark(page)
    # The stream is there before it is cut.
    first = world.gateway.submit("probe", {})
    expect(page.locator(f"a[href='/jobs/{first}']").first).to_be_visible()
    proxy.cut()
    expect(page.locator("#connection")).to_be_visible()
    job = world.gateway.submit("probe", {"events": 2})
    assert world.gateway.finish(job) == "succeeded"
    proxy.mend()
    row = page.get_by_role("row").filter(has=page.locator(f"a[href='/jobs/{job}']"))
    expect(row).to_contain_text("succeeded")
    expect(page.locator("#connection")).to_be_hidden()
    assert_same_page(page)


@check("A button that cannot reach the gateway says so and can be pressed again")
def action_without_connection(world: World) -> None:
    proxy = world.proxy()
    reader = world.reader(proxy.url)
    reader.allow(LOST)
    page = reader.open("/jobs/new?source=probe")
    proxy.cut()
    button = page.get_by_role("button", name=START)
    button.click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("reached", re.IGNORECASE))
    proxy.mend()
    expect(button).to_be_enabled()
    button.click()
    expect(page).to_have_url(JOB)
    assert len(world.gateway.ask("GET", "/api/ingest/jobs?source=probe")["jobs"]) == 1
