// Keeps the list of jobs as it is now.

import { duration, growTimes, learnTime } from "./durations.js";
import { atMostEvery, freshPage, replacePart } from "./parts.js";
import { listen } from "./stream.js";

const list = () => document.getElementById("jobs");
const announcement = document.getElementById("announcement");

/** Asks for the page again, as rows have come that it does not have. */
const refresh = atMostEvery(1000, async () => {
  const page = await freshPage();
  const next = page?.getElementById("jobs");
  if (!next) return;
  const known = new Set([...list().querySelectorAll("[data-job]")].map((row) => row.dataset.job));
  const added = [...next.querySelectorAll("[data-job]")].filter((row) => !known.has(row.dataset.job));
  const newest = added.filter((row) => !known.size || row.dataset.job > [...known].sort().at(-1));
  replacePart(list(), next);
  for (const row of newest) document.querySelector(`[data-job="${row.dataset.job}"]`)?.classList.add("new");
  if (newest.length) announcement.textContent = newest.length === 1 ? "One new job." : `${newest.length} new jobs.`;
});

/** What there is to say of a job in a line, as the gateway says it. */
function remark(job) {
  switch (job.status) {
    case "queued": return job.message ?? "Waits for its turn.";
    case "running": return job.message ?? "The runner starts.";
    case "failed": return job.error ? `${job.error.code}: ${job.error.message}` : job.message ?? "";
    case "cancelled": return "Cancelled.";
    default: return job.message ?? "";
  }
}

function update(row, job) {
  if (row.dataset.status !== job.status) {
    row.dataset.status = job.status;
    const status = row.querySelector(".status");
    status.className = `status ${job.status}`;
    status.textContent = job.status;
  }
  const cell = row.querySelector(".remark");
  let bar = cell.querySelector("progress");
  if (job.status === "running") {
    if (!bar) {
      bar = document.createElement("progress");
      bar.max = 100;
      bar.setAttribute("aria-label", "Progress");
      cell.prepend(bar, " ");
    }
    bar.value = job.progress;
    bar.textContent = `${job.progress} %`;
  } else if (bar) {
    bar.remove();
  }
  const words = cell.querySelector(".words");
  if (words.textContent !== remark(job)) words.textContent = remark(job);
  const took = row.querySelector(".took");
  const start = job.started_at ?? job.created_at;
  if (job.finished_at) {
    delete took.dataset.since;
    took.textContent = duration(Date.parse(job.finished_at) - Date.parse(start));
  } else {
    took.dataset.since = start;
  }
}

function take(jobs) {
  const box = list();
  const wanted = box.dataset.status;
  for (const job of jobs) {
    learnTime(job.updated_at);
    const row = box.querySelector(`[data-job="${CSS.escape(job.id)}"]`);
    if (row) {
      // A row that no longer fits the filter stays until the page is asked for again, so that nothing jumps away.
      update(row, job);
    } else if (box.dataset.first && (!wanted || wanted === job.status)) {
      refresh();
    }
  }
}

listen(list().dataset.stream, {
  jobs: (data) => take(data.jobs),
  // The first event as well: what has changed while the page was on its way.
  reset: () => refresh(),
});
growTimes();
