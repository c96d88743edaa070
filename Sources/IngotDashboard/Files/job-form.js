// Starts a job with what the form says, and shows at each field what the gateway says of it.

import { send } from "./frame.js";
import { ParameterForm } from "./parameter-form.js";

const form = document.getElementById("job-form");
const state = document.getElementById("form-state");
const controls = new ParameterForm(form, document.getElementById("form-problem"));

document.documentElement.classList.add("scripted");

/** Made once, so that a form that is sent twice starts one job. */
const idempotencyKey = [...crypto.getRandomValues(new Uint8Array(16))]
  .map((byte) => byte.toString(16).padStart(2, "0")).join("");

function options() {
  const query = new URLSearchParams();
  for (const field of form.querySelectorAll("[data-option]")) {
    const text = field.querySelector("input").value.trim();
    if (text) query.set(field.dataset.option, text);
  }
  return query.size ? `?${query}` : "";
}

function refuse(error) {
  const problem = error.problem ?? {};
  if (problem.type === "/problems/idempotency-conflict" && problem.jobId) {
    return controls.tell("This form has started a job already.", [
      { link: `/jobs/${problem.jobId}`, text: "Go to that job" },
    ]);
  }
  controls.refuse(error);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  controls.clear();
  const button = form.querySelector("[type=submit]");
  try {
    const body = controls.parameters;
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
