// Runs a registered job, changes it, and gives it schedules.

import { localizeTimes, send } from "./frame.js";
import { ParameterForm } from "./parameter-form.js";
import { refreshParts } from "./parts.js";

document.documentElement.classList.add("scripted");

const status = document.getElementById("definition-status");
const definition = document.querySelector("[data-definition]")?.dataset.definition;
const address = `/api/jobs/${definition}`;
const form = document.getElementById("configuration-form");
const controls = form && new ParameterForm(form, document.getElementById("form-problem"));

async function run(config) {
  const { answer } = await send("POST", `${address}/run`, config === undefined ? {} : { config });
  location.assign(`/jobs/${answer.run_id}`);
}

async function switchTo(enabled) {
  await send("PATCH", address, { enabled });
  location.reload();
}

async function save() {
  const config = controls.parameters;
  await send("PATCH", address, { config });
  document.getElementById("configuration").textContent = JSON.stringify(config, null, 2);
  status.textContent = "Saved.";
}

/** Does something with what the form says; what is refused is told there. */
async function withControls(action) {
  controls.clear();
  try { await action(); } catch (error) { controls.refuse(error, "/config"); }
}

async function changeSchedule(id, body) {
  await send("PATCH", `/api/schedules/${id}`, body);
  await refreshParts(["schedules"]);
}

function timing() {
  return { cron: document.getElementById("cron").value, time_zone: document.getElementById("zone").value || "UTC" };
}

async function preview() {
  const { answer } = await send("POST", "/api/schedules/preview", { timing: timing(), count: 5 });
  const list = document.getElementById("preview");
  list.replaceChildren(...answer.next_runs.map((moment) => {
    const item = document.createElement("li");
    const time = document.createElement("time");
    time.dateTime = moment;
    time.textContent = moment;
    item.append(time);
    return item;
  }));
  localizeTimes(list);
  status.textContent = answer.next_runs.length ? "" : "It is never due.";
}

async function addSchedule() {
  await send("POST", "/api/schedules", {
    job_id: Number(definition),
    timing: timing(),
    overlap: document.getElementById("overlap").value,
    missed: { policy: document.getElementById("missed").value },
  });
  status.textContent = "The schedule was added.";
  await refreshParts(["schedules"]);
}

/** Does what a button says, and says what went wrong. */
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

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (!button) return;
  const schedule = button.closest("[data-schedule]")?.dataset.schedule;
  const actions = {
    run: () => run(),
    "run-with": () => withControls(() => run(controls.parameters)),
    enable: () => switchTo(true),
    disable: () => switchTo(false),
    "schedule-on": () => changeSchedule(schedule, { enabled: true }),
    "schedule-off": () => changeSchedule(schedule, { enabled: false }),
    "schedule-remove": async () => {
      await send("DELETE", `/api/schedules/${schedule}`);
      await refreshParts(["schedules"]);
    },
    preview,
  };
  perform(button, actions[button.dataset.do]);
});

document.getElementById("schedule-form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  perform(event.submitter, addSchedule);
});

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  perform(event.submitter, () => withControls(save));
});
