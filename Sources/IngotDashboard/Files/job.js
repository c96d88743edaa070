// Keeps the page of one job as it is now.

import { duration, growTimes, learnTime } from "./durations.js";
import { send } from "./frame.js";
import { openLog } from "./job-log.js";
import { estimate } from "./job-rate.js";
import { markStage } from "./job-stages.js";
import { markUnit } from "./job-units.js";
import { atMostEvery, refreshParts } from "./parts.js";
import { listen } from "./stream.js";

const CHANGING = ["actions", "state", "failure", "outcome", "units", "timeline", "use", "attempts", "facts"];
const PICTURES = ["timeline", "use"];
const PICTURES_MILLISECONDS = 10_000;

const state = () => document.getElementById("state");
const id = state().dataset.job;
const path = `/api/ingest/jobs/${id}`;
const announcement = document.getElementById("announcement");
const isEnded = (status) => ["succeeded", "failed", "cancelled"].includes(status);

document.documentElement.classList.add("scripted");

/** What the gateway alone can draw, once something has changed that it draws. */
const refresh = atMostEvery(1000, () => refreshParts(CHANGING));
const refreshPictures = atMostEvery(PICTURES_MILLISECONDS, async () => {
  if (!document.hidden) await refreshParts(PICTURES);
});
const refreshUnits = atMostEvery(2000, () => refreshParts(["units"]));

function setText(selector, text) {
  const element = state().querySelector(selector);
  if (element && element.textContent !== text) element.textContent = text;
}

function showProgress(job, at) {
  learnTime(at);
  const bar = state().querySelector("progress");
  bar.value = job.progress;
  setText(".percent", `${job.progress} %`);
  if (job.message) setText(".remark", job.message);
  markStage(state(), job);
  const guess = job.status === "running" ? estimate(job, at, state().dataset.attemptStart) : null;
  setText(".rate", guess?.rate ?? "");
  setText(".left", guess?.left ? `about ${duration(guess.left)} left` : "");
}

let attempt = null;

function take(job, at) {
  const isNew = state().dataset.status !== job.status || (attempt !== null && attempt !== job.attempt);
  attempt = job.attempt;
  if (isNew) {
    if (state().dataset.status !== job.status) announcement.textContent = `The job is now ${job.status}.`;
    state().dataset.status = job.status;
    const status = state().querySelector(".status");
    status.className = `status ${job.status}`;
    status.textContent = job.status;
    refresh();
  }
  showProgress(job, at);
}

function end(job) {
  take(job, job.updated_at);
  stream?.close();
  refresh();
}

let stream = null;
if (!isEnded(state().dataset.status)) {
  stream = listen(`${path}/events`, {
    snapshot: (job) => (isEnded(job.status) ? end(job) : take(job, job.updated_at)),
    // What was missed in between is drawn by the gateway.
    reset: (job) => { refresh(); if (!isEnded(job.status)) take(job, job.updated_at); },
    progress: (event) => { take(event, event.at); refreshPictures(); },
    unit: (event) => { if (!markUnit(event)) refreshUnits(); },
    done: end,
  });
}

openLog(document.getElementById("log"));
growTimes();

function showProblem(text) {
  const line = document.getElementById("action-problem");
  line.textContent = text ?? "";
  line.hidden = !text;
}

async function act(button, action) {
  showProblem();
  button.disabled = true;
  try {
    const { answer } = await send("POST", `${path}/${action}`);
    if (action === "retry") {
      location.assign(`/jobs/${answer.jobId}`);
      return;
    }
    announcement.textContent = "The job is asked to stop.";
    setText(".remark", "Asked to stop.");
    if (isEnded(answer.status)) end(answer);
  } catch (error) {
    showProblem(error.message);
    button.disabled = false;
    refresh();
  }
}

const dialog = document.getElementById("cancel-dialog");
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  if (button?.dataset.action === "retry") act(button, "retry");
  if (button?.dataset.action === "cancel") {
    dialog.returnValue = "";
    dialog.showModal();
  }
});
dialog.addEventListener("close", () => {
  const button = document.querySelector("[data-action=cancel]");
  if (dialog.returnValue === "cancel" && button) act(button, "cancel");
});
