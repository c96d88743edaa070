// Starts a job with what the form says, and shows at each field what the gateway says of it.

import { send } from "./frame.js";

const form = document.getElementById("job-form");
const summary = document.getElementById("form-problem");
const state = document.getElementById("form-state");

document.documentElement.classList.add("scripted");

/** Made once, so that a form that is sent twice starts one job. */
const idempotencyKey = [...crypto.getRandomValues(new Uint8Array(16))]
  .map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** What is wrong with a value before it is sent. */
class FieldError extends Error {
  constructor(pointer, message) {
    super(message);
    this.pointer = pointer;
  }
}

const step = (name) => "/" + name.replaceAll("~", "~0").replaceAll("/", "~1");
const controlOf = (field) => field.querySelector("input, select, textarea");

/** The value of one field as JSON; `undefined` when it is not given. */
function valueOf(field) {
  const control = controlOf(field);
  switch (field.dataset.kind) {
    case "flag":
      // One that is on by itself must say so to be off.
      return control.checked ? true : control.dataset.default ? false : undefined;
    case "choices": {
      const chosen = [...field.querySelectorAll("input:checked")].map((input) => input.value);
      return chosen.length ? chosen : undefined;
    }
    case "lines": {
      const lines = control.value.split("\n").map((line) => line.trim()).filter(Boolean);
      return lines.length ? lines : undefined;
    }
    case "number": {
      if (control.validity.badInput) throw new FieldError(step(field.dataset.name), "must be a number");
      return control.value === "" ? undefined : Number(control.value);
    }
    case "json":
      if (!control.value.trim()) return undefined;
      try { return JSON.parse(control.value); } catch (error) {
        throw new FieldError(step(field.dataset.name), `is not JSON: ${error.message}`);
      }
    default:
      return control.value === "" ? undefined : control.value;
  }
}

function parameters() {
  const value = {};
  const errors = [];
  for (const field of form.querySelectorAll("[data-name]")) {
    try {
      const given = valueOf(field);
      if (field.dataset.name === "") return given ?? {};
      if (given !== undefined) value[field.dataset.name] = given;
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      errors.push({ pointer: error.pointer, detail: error.message });
    }
  }
  if (errors.length) throw Object.assign(new Error("Some of what you wrote cannot be sent."), { errors });
  return value;
}

function options() {
  const query = new URLSearchParams();
  for (const field of form.querySelectorAll("[data-option]")) {
    const text = controlOf(field).value.trim();
    if (text) query.set(field.dataset.option, text);
  }
  return query.size ? `?${query}` : "";
}

// MARK: Errors

function clear() {
  summary.hidden = true;
  summary.replaceChildren();
  for (const field of form.querySelectorAll(".field.wrong")) {
    field.classList.remove("wrong");
    field.querySelector(".field-error").hidden = true;
    field.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
  }
}

/** The field that a JSON Pointer is about, or is inside of. */
function fieldAt(pointer) {
  const name = pointer.split("/")[1]?.replaceAll("~1", "/").replaceAll("~0", "~");
  const fields = [...form.querySelectorAll("[data-name]")];
  return fields.find((field) => field.dataset.name === name) ?? fields.find((field) => field.dataset.name === "");
}

function markWrong(field, detail) {
  field.classList.add("wrong");
  const line = field.querySelector(".field-error");
  line.textContent = line.hidden ? detail : `${line.textContent}; ${detail}`;
  line.hidden = false;
  (field.querySelector("fieldset") ?? controlOf(field)).setAttribute("aria-invalid", "true");
  field.closest("details")?.setAttribute("open", "");
}

function show(title, items) {
  const line = document.createElement("p");
  const strong = document.createElement("strong");
  strong.textContent = title;
  line.append(strong);
  summary.replaceChildren(line);
  if (items.length) {
    const list = document.createElement("ul");
    for (const { field, text, link } of items) {
      const item = document.createElement("li");
      if (field || link) {
        const anchor = document.createElement("a");
        anchor.textContent = text;
        const target = field && (field.querySelector("fieldset") ?? controlOf(field));
        anchor.href = link ?? `#${target.id}`;
        if (target) anchor.addEventListener("click", (event) => { event.preventDefault(); target.focus(); });
        item.append(anchor);
      } else {
        item.textContent = text;
      }
      list.append(item);
    }
    summary.append(list);
  }
  summary.hidden = false;
  summary.focus();
}

function refuse(error) {
  const problem = error.problem ?? {};
  const errors = error.errors ?? problem.errors ?? [];
  if (errors.length) {
    return show(problem.title ?? error.message, errors.map(({ pointer, detail }) => {
      const field = fieldAt(pointer);
      const place = pointer.split("/").slice(2).join("/");
      if (field) markWrong(field, place ? `${place}: ${detail}` : detail);
      const name = field?.querySelector("label, legend")?.firstChild?.textContent.trim() || pointer.slice(1);
      return { field, text: [name, place, detail].filter(Boolean).join(" ") };
    }));
  }
  const field = problem.parameter && form.querySelector(`[data-option="${CSS.escape(problem.parameter)}"]`);
  if (field) {
    markWrong(field, problem.detail);
    return show(problem.title, [{ field, text: problem.detail }]);
  }
  if (problem.type === "/problems/idempotency-conflict" && problem.jobId) {
    return show("This form has started a job already.", [{ link: `/jobs/${problem.jobId}`, text: "Go to that job" }]);
  }
  show(error.message, []);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clear();
  const button = form.querySelector("[type=submit]");
  try {
    const body = parameters();
    button.disabled = true;
    state.textContent = "Starting…";
    const address = `/api/ingest/${encodeURIComponent(form.dataset.source)}${options()}`;
    const { answer } = await send("POST", address, body, { "Idempotency-Key": idempotencyKey });
    location.assign(`/jobs/${answer.jobId}`);
  } catch (error) {
    button.disabled = false;
    state.textContent = "";
    refuse(error);
  }
});
