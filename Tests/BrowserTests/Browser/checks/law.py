"""Reading the law: as of a label, side by side, by citation."""

import re

from check import check
from playwright.sync_api import Page, expect
from sample_law import NEW, OLD
from site_pages import CHANGED_SECTION
from world import World

PATH = f"/law{CHANGED_SECTION}"


def node(world: World, label: str) -> dict:
    return world.gateway.ask("GET", f"/api/law{CHANGED_SECTION}?at={label}")


def words(text: str) -> str:
    return " ".join(text.split())


@check("A section is read as of two labels, chosen on its page")
def as_of(world: World) -> None:
    old, new = node(world, OLD), node(world, NEW)
    assert old["text"] != new["text"], "the sample has to differ"
    for scripts in (True, False):
        page = world.open(PATH, java_script_enabled=scripts)
        expect(page.get_by_role("heading", level=1)).to_contain_text(new["heading"])
        assert_shows(page, new)
        page.get_by_label("As of", exact=True).select_option(OLD)
        page.get_by_role("button", name="Show", exact=True).click()
        page.wait_for_url(re.compile(f"at={OLD}"))
        assert_shows(page, old)
        expect(page.get_by_label("As of", exact=True)).to_have_value(OLD)


def assert_shows(page: Page, record: dict) -> None:
    """No character of the text is missing."""
    shown = "".join(page.locator("main").inner_text().split())
    for line in record["text"].splitlines():
        assert "".join(line.split()) in shown, f"not shown: {line!r}"


@check("A section is compared with itself as of another label, side by side")
def compare(world: World) -> None:
    for scripts in (True, False):
        page = world.open(f"{PATH}?at={OLD}", java_script_enabled=scripts)
        page.get_by_label(f"Compare {OLD} with").select_option(NEW)
        page.get_by_role("button", name="Compare", exact=True).click()
        page.wait_for_url(re.compile(f"against={NEW}"))
        expect(page.locator("main ins").first).to_be_visible()
        expect(page.locator("main del").first).to_be_visible()
        assert_differs(page, world)


def assert_differs(page: Page, world: World) -> None:
    """What is marked as new is in the new text only, and so with the old."""
    old, new = words(node(world, OLD)["text"]), words(node(world, NEW)["text"])
    added = page.locator("main ins").all_inner_texts()
    removed = page.locator("main del").all_inner_texts()
    assert any(words(text) in new for text in added), added
    assert any(words(text) in old for text in removed), removed


@check("The changes of a corpus between two labels lead to their sections side by side")
def compare_corpus(world: World) -> None:
    page = world.open(f"/compare?source=usc&from={OLD}&to={NEW}")
    main = page.locator("main")
    for key in ("s48", "s49"):
        expect(main.locator(f"a[href*='/us/usc/t1/{key}']").first).to_be_visible()
    main.locator(f"a[href*='{CHANGED_SECTION}']").first.click()
    page.wait_for_url(re.compile("against="))
    expect(page.locator("main ins, main del").first).to_be_visible()


@check("A citation is found first, and leads to its section")
def citation(world: World) -> None:
    for scripts in (True, False):
        page = world.open("/jobs", java_script_enabled=scripts)
        box = page.get_by_role("search").get_by_role("searchbox")
        box.fill("1 U.S.C. 48")
        box.press("Enter")
        page.wait_for_url(re.compile("/search"))
        first = page.locator("main a[href*='/law/']").first
        expect(first).to_have_attribute("href", re.compile(re.escape(CHANGED_SECTION) + r"(\?|$)"))
        first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("48")


@check("Words are found in the text, marked, and paged")
def search(world: World) -> None:
    page = world.open("/search")
    box = page.get_by_label("Words or a citation")
    box.fill("lantern")
    box.press("Enter")
    marks = page.locator("main mark")
    expect(marks.first).to_be_visible()
    assert {text.lower() for text in marks.all_inner_texts()} <= {"lantern", "lanterns"}
    seen: list[str] = []
    more = page.get_by_role("link", name="More hits")
    while True:
        seen += page.locator(".hits a").evaluate_all("(all) => all.map((a) => a.getAttribute('href'))")
        if not more.count():
            break
        here = page.url
        more.click()
        page.wait_for_url(lambda url, here=here: url != here)
    assert len(seen) > 20 and len(seen) == len(set(seen)), "each hit once, on several pages"
    page.goto("/search?q=zyzzyvas")
    expect(page.locator("main")).to_contain_text("Nothing was found for “zyzzyvas”")


@check("The tree of the law leads from a corpus to a section, and the section back and on to its neighbour")
def tree(world: World) -> None:
    for scripts in (True, False):
        page = world.open("/law", java_script_enabled=scripts)
        page.locator("main a[href^='/law/us/usc']").first.click()
        page.locator("main a[href^='/law/us/usc/t1']").first.click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.goto(PATH)
        crumbs = page.get_by_role("navigation", name="Place in the law")
        expect(crumbs.get_by_role("link").first).to_be_visible()
        page.get_by_role("link", name=re.compile("^Previous")).click()
        expect(page).to_have_url(re.compile("/s47$"))
        page.get_by_role("link", name=re.compile("^Next")).click()
        expect(page).to_have_url(re.compile(re.escape(PATH) + r"(\?|$)"))


@check("What was not there as of a label is said in words, with the way to where it is")
def absent_then(world: World) -> None:
    reader = world.reader()
    reader.allow("status of 404")
    page = reader.open(f"/law/us/usc/t1/s74a?at={OLD}")
    expect(page.locator("main")).to_contain_text(OLD)
    page.get_by_label("As of", exact=True).select_option(NEW)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("74a")
