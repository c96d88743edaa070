"""Signing in and out, and what a role lets a reader see."""

import re

from check import check
from checks.jobs import CANCEL, expect_status
from playwright.sync_api import Page, expect
from world import World


def sign_in(page: Page, key: str) -> None:
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Sign in").click()


@check("Whoever has no key is asked for one, and goes on where they wanted to go", anonymous=None)
def sign_in_and_out(world: World) -> None:
    reader = world.reader()
    page = reader.open("/jobs?status=failed")
    expect(page).to_have_url(re.compile("/sign-in"))
    expect(page.get_by_role("navigation", name="Site")).to_have_count(0)

    sign_in(page, world.gateway.key)
    expect(page).to_have_url(re.compile(r"/jobs\?status=failed$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Jobs")
    # The page is given no key: neither in its address nor in what its scripts can read.
    assert world.gateway.key not in page.content() + page.url
    stored = page.evaluate("JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])")
    assert stored == '["",{},{}]', stored
    for cookie in reader.context.cookies():
        assert cookie["httpOnly"] and cookie["sameSite"] == "Strict", cookie

    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    page.go_back()
    page.reload()
    expect(page).to_have_url(re.compile("/sign-in"))


@check("A wrong key is refused in words, and nobody is let in", anonymous=None)
def wrong_key(world: World) -> None:
    reader = world.reader()
    # The page of the refusal has the status of one.
    reader.allow(r"status of 401")
    page = reader.open("/sign-in")
    sign_in(page, "ingot_" + "x" * 40)
    expect(page.get_by_role("alert")).to_contain_text(re.compile("key", re.IGNORECASE))
    expect(page.get_by_label("API key")).to_be_editable()
    page.goto("/jobs")
    expect(page).to_have_url(re.compile("/sign-in"))


@check("Nobody is sent to another site after signing in", anonymous=None)
def no_way_out(world: World) -> None:
    for place in ("//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example"):
        page = world.reader().open(f"/sign-in?to={place}")
        sign_in(page, world.gateway.key)
        expect(page).to_have_url(re.compile(re.escape(world.gateway.url) + "/$"))


@check("A viewer reads everything and is offered nothing that changes something", anonymous="viewer")
def viewer(world: World) -> None:
    job = world.gateway.submit("probe", {"events": 1, "sleep_ms": 60_000})
    world.gateway.wait_until_running(job)
    page = world.open(f"/jobs/{job}")
    expect_status(page, "running")
    expect(page.get_by_role("button", name=CANCEL)).to_have_count(0)
    page.goto("/system")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("create|revoke", re.IGNORECASE))).to_have_count(0)


@check("A session that has ended is noticed by a page that is open", anonymous=None)
def session_ends(world: World) -> None:
    made = world.gateway.ask("POST", "/api/keys", {"role": "operator", "name": "somebody"})
    job = world.gateway.submit("probe", {"events": 600, "interval_ms": 200})
    world.gateway.wait_until_running(job)
    reader = world.reader()
    reader.allow(r"status of 401")
    page = reader.open(f"/jobs/{job}")
    sign_in(page, made["key"])
    expect_status(page, "running")
    world.gateway.ask("DELETE", f"/api/keys/{made['id']}")
    expect(page).to_have_url(re.compile("/sign-in"))
