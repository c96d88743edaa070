// What every page does: times in the reader's own zone, and one place that says how the connection is.

const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** Shows the times below an element in the reader's own zone; the exact one stays as the title. */
export function localizeTimes(root = document) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    if (time.dataset.local === time.dateTime || Number.isNaN(moment.getTime())) continue;
    time.dataset.local = time.dateTime;
    time.title = time.dateTime;
    time.textContent = format.format(moment);
  }
}

/** Says in the page's status line that the connection is lost, or, without a text, that all is well. */
export function showConnection(text) {
  const line = document.getElementById("connection");
  if (!line) return;
  line.textContent = text ?? "";
  line.hidden = !text;
}

/** Asks the API to change something; throws an error whose message is fit for the reader. */
export async function send(method, address, body, headers = {}) {
  let response;
  try {
    response = await fetch(address, {
      method,
      headers: body === undefined ? headers : { "Content-Type": "application/json", ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error("The gateway cannot be reached. Try again when it is back.");
  }
  const text = await response.text();
  let answer = null;
  try { answer = text ? JSON.parse(text) : null; } catch { /* A proxy's own page. */ }
  if (response.status === 401) {
    location.assign("/sign-in?to=" + encodeURIComponent(location.pathname + location.search));
  }
  if (!response.ok) {
    const problem = new Error([answer?.title, answer?.detail].filter(Boolean).join(" ") || `The gateway answered ${response.status}.`);
    problem.problem = answer;
    problem.status = response.status;
    throw problem;
  }
  return { answer, headers: response.headers, status: response.status };
}

localizeTimes();
