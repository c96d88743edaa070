// Makes and revokes API keys; a new one's secret is shown once and kept nowhere.

import { send } from "./frame.js";
import { refreshParts } from "./parts.js";

document.documentElement.classList.add("scripted");

const element = (id) => document.getElementById(id);
const [making, made, revoking] = ["new-key", "made-key", "revoke-key"].map(element);
const form = element("new-key-form");

function showProblem(box, text) {
  box.textContent = text ?? "";
  box.hidden = !text;
}

for (const dialog of [making, made]) {
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
}

element("make-key").addEventListener("click", () => {
  form.reset();
  chooseSources();
  showProblem(element("new-key-problem"));
  making.showModal();
});

/** An admin could make keys for all sources, so a choice would mean nothing. */
function chooseSources() { element("key-sources").disabled = form.elements.role.value === "admin"; }
form.elements.role.addEventListener("change", chooseSources);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const data = new FormData(form);
  const body = { role: data.get("role") };
  if (data.get("name").trim()) body.name = data.get("name").trim();
  const sources = data.getAll("sources");
  if (sources.length) body.sources = sources;
  if (data.get("days")) body.expires_in = Number(data.get("days")) * 86400;
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    const { answer } = await send("POST", "/api/keys", body);
    element("secret").textContent = answer.key;
    element("copy-status").textContent = "";
    making.close();
    made.showModal();
  } catch (error) {
    showProblem(element("new-key-problem"), error.message);
  } finally {
    button.disabled = false;
  }
});

element("copy-key").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(element("secret").textContent);
    element("copy-status").textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(element("secret"));
    element("copy-status").textContent = "The browser does not let the page copy. The key is marked: copy it by hand.";
  }
});

made.addEventListener("close", () => {
  element("secret").textContent = "";
  refreshParts(["keys"]);
});

let revoked = null;
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-revoke]");
  if (!button) return;
  revoked = button.dataset.revoke;
  element("revoke-name").textContent = `${button.dataset.name} (${revoked})`;
  revoking.returnValue = "";
  revoking.showModal();
});

revoking.addEventListener("close", async () => {
  if (revoking.returnValue !== "revoke" || !revoked) return;
  showProblem(element("key-problem"));
  try {
    await send("DELETE", `/api/keys/${encodeURIComponent(revoked)}`);
    element("key-status").textContent = "The key is revoked.";
    await refreshParts(["keys"]);
  } catch (error) {
    showProblem(element("key-problem"), error.message);
  }
});
