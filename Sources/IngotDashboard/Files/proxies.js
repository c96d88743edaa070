// Changes what the pool of proxies is to be, and lets its sources be fetched again.

import { send } from "./frame.js";
import { refreshParts } from "./parts.js";

document.documentElement.classList.add("scripted");

const status = document.getElementById("proxies-status");
const form = document.getElementById("pool-form");
const target = document.getElementById("target");
const validation = document.getElementById("validation");
const before = { target: target?.value, validation: validation?.value };

async function perform(button, action) {
  button.disabled = true;
  status.textContent = "";
  try { await action(); } catch (error) {
    const details = error.problem?.errors?.map((item) => `${item.pointer} ${item.detail}`).join("; ");
    status.textContent = details ? `${error.problem.title} ${details}` : error.message;
  } finally {
    button.disabled = false;
  }
}

async function save() {
  const body = {};
  // What was not changed is not sent: what is shown of an address may be shortened.
  if (target.value !== before.target) body.target_count = Number(target.value);
  if (validation.value !== before.validation) body.validation_url = validation.value;
  if (!Object.keys(body).length) {
    status.textContent = "Nothing has been changed.";
    return;
  }
  await send("POST", "/api/proxies/config", body);
  before.target = target.value;
  before.validation = validation.value;
  status.textContent = "Saved.";
  await refreshParts(["pool"]);
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  perform(event.submitter, save);
});

document.getElementById("refresh")?.addEventListener("click", (event) => {
  perform(event.currentTarget, async () => {
    const { answer } = await send("POST", "/api/proxies/refresh", {});
    status.textContent = `${answer.status}.`;
    await refreshParts(["pool"]);
  });
});
