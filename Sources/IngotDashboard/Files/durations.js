// Lengths of time, as the gateway writes them, and those that still grow.

const two = (number) => String(number).padStart(2, "0");

/**
 * @param {number} milliseconds
 * @returns {string} the two largest units, for example `3 min 05 s`
 */
export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  if (milliseconds < 9950) return `${Math.round(milliseconds / 100) / 10} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24).toLocaleString("en")} d ${two(hours % 24)} h`;
}

/** What the gateway's clock is ahead of the reader's, in milliseconds; learnt from what it says of now. */
let ahead = 0;

/** @param {string} time what the gateway says is now, or has just been */
export function learnTime(time) {
  const difference = Date.parse(time) - Date.now();
  if (Number.isFinite(difference)) ahead = difference;
}

/** The gateway's time now. */
export function gatewayNow() { return Date.now() + ahead; }

/** Lets the times of elements with `data-since` grow, once a second while the page is seen. */
export function growTimes(root = document) {
  const grow = () => {
    if (document.hidden) return;
    for (const element of root.querySelectorAll("[data-since]")) {
      const text = duration(Math.floor((gatewayNow() - Date.parse(element.dataset.since)) / 1000) * 1000);
      if (element.textContent !== text) element.textContent = text;
    }
  };
  setInterval(grow, 1000);
}
