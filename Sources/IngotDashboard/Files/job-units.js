// Fills the grid of units as their events come.

const WORDS = { pending: "waiting", running: "running", done: "done", failed: "failed" };
const ORDER = ["done", "running", "pending", "failed"];

/**
 * @param {{unit: string, status: string}} event
 * @returns {boolean} whether the grid has the unit
 */
export function markUnit(event) {
  const box = document.querySelector("#units .units");
  const cell = box?.querySelector(`[data-unit="${CSS.escape(event.unit)}"]`);
  if (!cell) return false;
  if (cell.className === event.status) return true;
  cell.className = event.status;
  const words = `${event.unit}: ${WORDS[event.status] ?? event.status}`;
  cell.title = words;
  cell.querySelector(".unseen").textContent = words;
  const counts = {};
  for (const item of box.children) counts[item.className] = (counts[item.className] ?? 0) + 1;
  const total = box.children.length;
  const parts = ORDER.filter((state) => counts[state])
    .map((state) => `${counts[state].toLocaleString("en")} ${WORDS[state]}`);
  document.getElementById("units-summary").textContent =
    `${total.toLocaleString("en")} ${total === 1 ? "unit" : "units"}: ${parts.join(", ")}`;
  // Why it failed is in no event of the grid.
  return event.status !== "failed";
}
