// Keeps the parts of a page that change by themselves as they are now, for as long as somebody looks.

import { showConnection } from "./frame.js";
import { refreshParts } from "./parts.js";

const MILLISECONDS = 5000;

let timer = 0;

async function refresh() {
  timer = 0;
  // Somebody who marks text would lose what is marked.
  if (String(getSelection()) === "") {
    const ids = [...document.querySelectorAll("[data-live]")].map((part) => part.id);
    const isThere = await refreshParts(ids);
    showConnection(isThere ? undefined : "The gateway does not answer. What you see is from before; it is asked again every few seconds.");
  }
  plan();
}

function plan() {
  if (timer || document.hidden) return;
  timer = setTimeout(refresh, MILLISECONDS);
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  timer = 0;
  if (!document.hidden) refresh();
});
plan();
