// The log of a job as it grows: followed, paused and searched. Only so many lines are kept in the page.

import { listen } from "./stream.js";

const MAXIMUM_LINES = 5000;
const TAIL = 1000;

/** @param {HTMLElement} box the section of the log */
export function openLog(box) {
  const lines = box.querySelector("#log-lines");
  const empty = box.querySelector("#log-empty");
  const cut = box.querySelector("#log-cut");
  const search = box.querySelector("#log-search");
  const hits = box.querySelector("#log-hits");
  const follow = box.querySelector("#log-follow");
  const pause = box.querySelector("#log-pause");
  const form = box.querySelector("form");
  let isPaused = false;
  let waiting = [];
  let isFirst = true;
  let current = null;

  // MARK: Lines

  function add(texts) {
    if (isPaused) {
      waiting = waiting.concat(texts).slice(-MAXIMUM_LINES);
      pause.textContent = `Go on (${waiting.length.toLocaleString("en")} new)`;
      return;
    }
    const pieces = document.createDocumentFragment();
    for (const text of texts.slice(-MAXIMUM_LINES)) pieces.append(line(text));
    lines.append(pieces);
    while (lines.childElementCount > MAXIMUM_LINES) {
      lines.firstElementChild.remove();
      cut.hidden = false;
    }
    empty.hidden = lines.childElementCount > 0;
    if (follow.checked) lines.scrollTop = lines.scrollHeight;
    if (search.value) count();
  }

  function line(text) {
    const element = document.createElement("span");
    element.className = "line";
    element.textContent = text + "\n";
    mark(element);
    return element;
  }

  // MARK: Search

  /** Marks what is searched for in one line; its text stays as it is. */
  function mark(element) {
    const text = element.textContent;
    const wanted = search.value.toLowerCase();
    const lowered = text.toLowerCase();
    let at = wanted && lowered.length === text.length ? lowered.indexOf(wanted) : -1;
    if (at < 0) {
      if (element.firstElementChild) element.textContent = text;
      return;
    }
    const pieces = [];
    let from = 0;
    for (; at >= 0; at = lowered.indexOf(wanted, from)) {
      const hit = document.createElement("mark");
      hit.textContent = text.slice(at, at + wanted.length);
      pieces.push(text.slice(from, at), hit);
      from = at + wanted.length;
    }
    element.replaceChildren(...pieces, text.slice(from));
  }

  const found = () => [...lines.children].filter((element) => element.firstElementChild);

  function count() {
    const all = found();
    const place = current ? all.indexOf(current) : -1;
    hits.textContent = !search.value ? "" : all.length === 0 ? "No line has it"
      : place < 0 ? `${all.length.toLocaleString("en")} lines` : `${place + 1} of ${all.length.toLocaleString("en")} lines`;
    return all;
  }

  function step(direction) {
    const all = found();
    if (!all.length) return count();
    const place = current ? all.indexOf(current) : -1;
    const next = place < 0 ? (direction > 0 ? 0 : all.length - 1) : (place + direction + all.length) % all.length;
    current?.classList.remove("current");
    current = all[next];
    current.classList.add("current");
    follow.checked = false;
    lines.scrollTop = current.offsetTop - lines.offsetTop - lines.clientHeight / 2;
    return count();
  }

  search.addEventListener("input", () => {
    current?.classList.remove("current");
    current = null;
    for (const element of lines.children) mark(element);
    count();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    step(1);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.shiftKey) return;
    event.preventDefault();
    step(-1);
  });
  box.querySelector("#log-previous").addEventListener("click", () => step(-1));

  // MARK: Following

  follow.addEventListener("change", () => {
    if (follow.checked) lines.scrollTop = lines.scrollHeight;
  });
  // Whoever scrolls back reads; whoever comes to the end again follows.
  lines.addEventListener("wheel", () => { if (!isAtEnd()) follow.checked = false; }, { passive: true });
  lines.addEventListener("keydown", () => { if (!isAtEnd()) follow.checked = false; });
  const isAtEnd = () => lines.scrollHeight - lines.scrollTop - lines.clientHeight < 30;

  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", String(isPaused));
    pause.textContent = "Pause";
    if (isPaused) return;
    const texts = waiting;
    waiting = [];
    add(texts);
  });

  // MARK: The stream

  const stream = listen(`${box.dataset.stream}?follow=true&tail=${TAIL}`, {
    log: (data) => {
      // The stream begins with the last lines, which the page has as far as it was made with them.
      if (isFirst && data.lines.length) {
        lines.replaceChildren();
        isFirst = false;
      }
      add(data.lines);
    },
    end: () => {
      stream.close();
      pause.hidden = true;
    },
  }, { resume: "from" });
}
