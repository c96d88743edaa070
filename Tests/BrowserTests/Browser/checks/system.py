"""The gateway itself: keys, the queue, the audit log."""

import re

from check import check
from playwright.sync_api import expect
from world import World, assert_same_page, same_page_mark


@check("A key is made, shown once, good for what it is for, and refused once it is revoked")
def keys(world: World) -> None:
    page = world.open("/system/keys")
    page.get_by_role("button", name="Make a key").click()
    dialog = page.get_by_role("dialog", name="Make a key")
    dialog.get_by_label("Name").fill("night watch")
    dialog.get_by_label("Role").select_option("operator")
    dialog.get_by_role("button", name="Make the key").click()
    made = page.get_by_role("dialog", name="The new key")
    key = made.locator("#secret").inner_text()
    assert len(key) > 20
    assert world.gateway.ask("GET", "/api/ingest/jobs", key=key)["jobs"]
    made.get_by_role("button", name="I have it").click()
    expect(made).to_be_hidden()
    row = page.get_by_role("row").filter(has_text="night watch")
    expect(row).to_contain_text("operator")
    page.reload()
    assert key not in page.content(), "the key is shown once"

    row.get_by_role("button", name=re.compile("^Revoke")).click()
    page.get_by_role("dialog", name="Revoke this key?").get_by_role("button", name="Revoke the key").click()
    expect(row).to_contain_text("revoked")
    try:
        world.gateway.ask("GET", "/api/ingest/jobs", key=key)
    except RuntimeError as refusal:
        assert "401" in str(refusal)
    else:
        raise AssertionError("a revoked key still opens")

    page.goto("/system/audit")
    for done in ("POST /api/keys", "DELETE /api/keys/{id}"):
        expect(page.get_by_role("row").filter(has_text=done).first).to_contain_text("anonymous")


@check("The queue shows what waits and why, and empties by itself", "--slots", "1")
def queue(world: World) -> None:
    running = world.gateway.submit("probe", {"events": 1, "sleep_ms": 120_000})
    world.gateway.wait_until_running(running)
    waiting = world.gateway.submit("probe", {})
    page = world.open("/system")
    same_page_mark(page)
    row = page.get_by_role("row").filter(has=page.locator(f"a[href='/jobs/{waiting}']"))
    expect(row).to_contain_text("slot")
    world.gateway.ask("POST", f"/api/ingest/jobs/{running}/cancel")
    expect(row).to_be_hidden()
    assert_same_page(page)


@check("What upstream has is asked for only when somebody wants to know")
def releases(world: World) -> None:
    page = world.open("/sources/usc")
    page.get_by_role("link", name=re.compile("release|upstream", re.IGNORECASE)).first.click()
    expect(page).to_have_url(re.compile("/releases"))
    expect(page.locator("main")).to_contain_text("900-2")
