// Sends a test to a webhook, and shows what came of it.

import { send } from "./frame.js";
import { refreshParts } from "./parts.js";

document.documentElement.classList.add("scripted");

const line = document.getElementById("webhook-status");

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-test]");
  if (!button) return;
  const id = button.dataset.test;
  button.disabled = true;
  line.textContent = "The test is being sent.";
  try {
    const { answer } = await send("POST", `/api/webhooks/${encodeURIComponent(id)}/test`);
    line.textContent = answer.delivered_at ? "The test was delivered." : `The test was not delivered: ${answer.error ?? "it is tried again"}`;
    await refreshParts([`deliveries-${id}`]);
  } catch (error) {
    line.textContent = error.message;
  } finally {
    button.disabled = false;
  }
});
