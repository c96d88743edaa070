"""All by keyboard: nothing is clicked, and what has the focus can be seen."""

import re

from check import check
from checks.jobs import CANCEL, JOB, START, expect_status, field
from playwright.sync_api import Locator, Page, expect
from world import World


def tab_to(page: Page, target: Locator, most: int = 120) -> None:
    """Presses Tab until the element has the focus; each stop on the way can be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        assert_focus_is_visible(page)
        if target.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"{target} is not reached with {most} tabs")


def assert_focus_is_visible(page: Page) -> None:
    unseen = page.evaluate(
        """() => {
          const element = document.activeElement;
          if (!element || element === document.body) return null;
          const style = getComputedStyle(element);
          const box = element.getBoundingClientRect();
          const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
          const shadowed = style.boxShadow !== "none";
          return (outlined || shadowed) && box.width > 0 && box.height > 0 ? null : element.outerHTML.slice(0, 160);
        }"""
    )
    assert unseen is None, f"the focus cannot be seen on {unseen}"


@check("The first stop of Tab leads past the navigation")
def skip_link(world: World) -> None:
    page = world.open("/jobs")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@check("A job is started and cancelled by keyboard")
def start_and_cancel(world: World) -> None:
    page = world.open("/jobs/new?source=probe")
    tab_to(page, field(page, "sleep_ms"))
    page.keyboard.press("Control+A")
    page.keyboard.type("120000")
    tab_to(page, page.get_by_role("button", name=START))
    page.keyboard.press("Enter")
    expect(page).to_have_url(JOB)
    expect_status(page, "running")
    tab_to(page, page.get_by_role("button", name=CANCEL))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    tab_to(page, dialog.get_by_role("button", name="Cancel the job"), most=5)
    page.keyboard.press("Enter")
    expect_status(page, "cancelled")


@check("A section is found, read and followed by keyboard")
def read(world: World) -> None:
    page = world.open("/")
    tab_to(page, page.get_by_role("search").get_by_role("searchbox"))
    page.keyboard.type("1 U.S.C. 48")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/search"))
    tab_to(page, page.locator("main a[href*='/law/']").first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("48")
    tab_to(page, page.get_by_role("link", name=re.compile("^Previous")))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("47")


@check("No page holds the keyboard: Tab comes round to the start again")
def no_traps(world: World) -> None:
    for path in ("/jobs", "/jobs/new?source=usc", "/sources", "/law/us/usc/t1/s48", "/search?q=records", "/system"):
        page = world.open(path)
        stops = page.evaluate(
            "[...document.querySelectorAll('a[href],button,input,select,textarea,summary,[tabindex=\"0\"]')]"
            ".filter((e) => e.checkVisibility() && !e.disabled && e.tabIndex >= 0).length"
        )
        first = None
        for _ in range(stops + 5):
            page.keyboard.press("Tab")
            here = page.evaluate("document.activeElement === document.body ? 'body' : document.activeElement.outerHTML")
            if first is None:
                first = here
            elif here in (first, "body"):
                break
        else:
            raise AssertionError(f"{path}: Tab does not come round in {stops + 5} stops")
