// Marks the stage that a running job is at, by what its message begins with.

const WORDS = { done: "done", current: "now", waiting: "to come" };

/**
 * @param {Element} box holds the steps
 * @param {{status: string, message?: string}} job
 */
export function markStage(box, job) {
  if (job.status !== "running" || !job.message) return;
  const steps = [...box.querySelectorAll(".steps li")];
  const begins = (step) => step.dataset.beginning && job.message.startsWith(step.dataset.beginning);
  let place = steps.findLastIndex(begins);
  // The stage of all other messages has no beginning of its own and follows the runner's start.
  if (place < 0) place = steps.findLastIndex((step, index) => index > 1 && index < steps.length - 1 && !step.dataset.beginning);
  if (place < 0) return;
  steps.forEach((step, index) => {
    const state = index < place ? "done" : index > place ? "waiting" : "current";
    if (step.className === state) return;
    step.className = state;
    if (state === "current") step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
    step.querySelector(".step-state").textContent = WORDS[state];
  });
}
