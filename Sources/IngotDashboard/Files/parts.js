// Parts of a page are made by the gateway only; where they have changed, the page asks for itself again.

import { localizeTimes } from "./frame.js";

/**
 * The page as it is now.
 *
 * @returns {Promise<Document | null>} `null` when it cannot be had
 */
export async function freshPage() {
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (response.redirected && new URL(response.url).pathname === "/sign-in") {
      location.assign(response.url);
      return null;
    }
    if (!response.ok) return null;
    return new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    return null;
  }
}

/**
 * Puts what the page says now into the elements with these ids.
 *
 * An element stays as it is when nothing has changed; a focus inside is put back, and what was opened stays open.
 *
 * @param {string[]} ids
 * @returns {Promise<boolean>} whether the page could be had
 */
export async function refreshParts(ids) {
  const page = await freshPage();
  if (!page) return false;
  for (const id of ids) {
    const now = document.getElementById(id);
    const next = page.getElementById(id);
    if (now && next) replacePart(now, next);
  }
  return true;
}

/** What is put into the page was made for it by the gateway, which has escaped it. */
export function replacePart(now, next) {
  const fresh = document.importNode(next, true);
  const open = [...now.querySelectorAll("details")].map((details) => details.open);
  const focused = now.contains(document.activeElement) ? pathTo(now, document.activeElement) : null;
  localizeTimes(fresh);
  const all = fresh.querySelectorAll("details");
  if (all.length === open.length) all.forEach((details, index) => { details.open = open[index]; });
  if (fresh.outerHTML === now.outerHTML) return;
  now.replaceWith(fresh);
  if (focused) follow(fresh, focused)?.focus({ preventScroll: true });
}

function pathTo(root, element) {
  const path = [];
  for (let at = element; at !== root; at = at.parentElement) path.unshift([...at.parentElement.children].indexOf(at));
  return path;
}

function follow(root, path) {
  return path.reduce((at, index) => at?.children[index], root);
}

/**
 * Calls a function at most once in a time, and always once more after the last call.
 *
 * @param {() => (void | Promise<any>)} call
 * @param {number} milliseconds
 */
export function atMostEvery(milliseconds, call) {
  let timer = 0;
  let last = -Infinity;
  let isBusy = false;
  let isWanted = false;
  async function run() {
    timer = 0;
    isBusy = true;
    isWanted = false;
    last = performance.now();
    try { await call(); } finally {
      isBusy = false;
      if (isWanted) plan();
    }
  }
  function plan() {
    isWanted = true;
    if (timer || isBusy) return;
    timer = setTimeout(run, Math.max(0, last + milliseconds - performance.now()));
  }
  return plan;
}
