// What the pages of the law do besides being read: trees that open in place, and copying.

const announce = (text) => {
  const line = document.getElementById("copied");
  if (line) line.textContent = text;
};

/** Offers to copy a citation or an address. */
function offerCopies() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy], [data-copy-address]")) {
    const said = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const address = button.dataset.copyAddress;
      const text = address ? new URL(address, location.href).href : button.dataset.copy;
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
        announce(`Copied ${text}`);
      } catch {
        button.textContent = "Not copied";
        announce("The browser does not let the page copy.");
      }
      setTimeout(() => { button.textContent = said; }, 2000);
    });
  }
}

const label = new URLSearchParams(location.search).get("at");

const pathOf = (key) => key.split("/").map(encodeURIComponent).join("/");

const pageOf = (key) => "/law" + pathOf(key) + (label ? "?at=" + encodeURIComponent(label) : "");

/** The words of a node's line, with a space between number and heading but after a dash. */
function titleOf(node) {
  const parts = [node.num, node.heading].filter(Boolean);
  return parts.reduce((line, part) => line + (line && !line.endsWith("—") ? " " : "") + part, "") || node.key;
}

/** A page of the nodes below a node. */
async function readChildren(key, cursor) {
  const query = new URLSearchParams({ limit: "200" });
  if (label) query.set("at", label);
  if (cursor) query.set("cursor", cursor);
  const response = await fetch(`/api/law${pathOf(key)}/children?${query}`, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`The gateway answered ${response.status}.`);
  const answer = await response.json();
  return { nodes: answer.nodes.filter((node) => node.key !== key), next: answer.next };
}

function lineOf(node) {
  const line = document.createElement("li");
  if (node.level !== "section") line.dataset.branch = node.key;
  const link = document.createElement("a");
  link.href = pageOf(node.key);
  link.textContent = titleOf(node);
  line.append(link);
  if (node.status) {
    const status = document.createElement("span");
    status.className = "status law-status";
    status.textContent = node.status[0].toUpperCase() + node.status.slice(1);
    line.append(" ", status);
  }
  return line;
}

/** Fills a list with what is below a node, and a button for more where there is more. */
async function fill(list, key, cursor) {
  const { nodes, next } = await readChildren(key, cursor);
  const lines = nodes.map(lineOf);
  list.append(...lines);
  for (const line of lines) makeExpandable(line);
  if (!list.children.length) {
    const line = document.createElement("li");
    line.className = "quiet";
    line.textContent = "Nothing below it.";
    list.append(line);
  }
  if (!next) return;
  const line = document.createElement("li");
  const more = document.createElement("button");
  more.type = "button";
  more.className = "plain";
  more.textContent = "More";
  more.addEventListener("click", async () => {
    more.disabled = true;
    try {
      await fill(list, key, next);
      line.nextElementSibling?.querySelector("a")?.focus();
      line.remove();
    } catch {
      more.disabled = false;
      more.textContent = "More (it could not be read; try again)";
    }
  });
  line.append(more);
  list.append(line);
}

/** Gives a line with something below it a button that shows it in place. */
function makeExpandable(line) {
  const key = line.dataset.branch;
  if (!key) return;
  const link = line.querySelector("a");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "twist";
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-label", `What is in ${link.textContent}`);
  let list = null;
  button.addEventListener("click", async () => {
    const opens = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(opens));
    if (list) {
      list.hidden = !opens;
      return;
    }
    list = document.createElement("ol");
    list.className = "tree";
    line.append(list);
    line.setAttribute("aria-busy", "true");
    try {
      await fill(list, key);
    } catch (error) {
      list.remove();
      list = null;
      button.setAttribute("aria-expanded", "false");
      button.title = `It could not be read: ${error.message}`;
    } finally {
      line.removeAttribute("aria-busy");
    }
  });
  line.prepend(button);
}

offerCopies();
for (const line of document.querySelectorAll("[data-tree] > li[data-branch]")) makeExpandable(line);
// What surrounds the node is long at times; the node itself is in view.
const here = document.querySelector(".law-side .tree [aria-current]");
const box = here?.closest(".tree");
if (here && box) box.scrollTop = here.offsetTop - box.offsetTop - box.clientHeight / 2;
