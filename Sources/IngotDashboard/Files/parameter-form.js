// The controls that are made of a schema: what they say as JSON, and what the gateway says of it at each of them.

/** What is wrong with a value before it is sent. */
class FieldError extends Error {
  constructor(pointer, message) {
    super(message);
    this.pointer = pointer;
  }
}

const step = (name) => "/" + name.replaceAll("~", "~0").replaceAll("/", "~1");
const controlOf = (field) => field.querySelector("input, select, textarea");

/** The value of one field as JSON; `undefined` when it is not given. */
function valueOf(field) {
  const control = controlOf(field);
  switch (field.dataset.kind) {
    case "flag":
      // One that is on by itself must say so to be off.
      return control.checked ? true : control.dataset.default ? false : undefined;
    case "choices": {
      const chosen = [...field.querySelectorAll("input:checked")].map((input) => input.value);
      return chosen.length ? chosen : undefined;
    }
    case "lines": {
      const lines = control.value.split("\n").map((line) => line.trim()).filter(Boolean);
      return lines.length ? lines : undefined;
    }
    case "number": {
      if (control.validity.badInput) throw new FieldError(step(field.dataset.name), "must be a number");
      return control.value === "" ? undefined : Number(control.value);
    }
    case "json":
      if (!control.value.trim()) return undefined;
      try { return JSON.parse(control.value); } catch (error) {
        throw new FieldError(step(field.dataset.name), `is not JSON: ${error.message}`);
      }
    default:
      return control.value === "" ? undefined : control.value;
  }
}

/** A form with such controls. */
export class ParameterForm {
  /**
   * @param {HTMLFormElement} form
   * @param {HTMLElement} summary where what is wrong with the whole of it is told
   */
  constructor(form, summary) {
    this.form = form;
    this.summary = summary;
  }

  /** What the controls say. */
  get parameters() {
    const value = {};
    const errors = [];
    for (const field of this.form.querySelectorAll("[data-name]")) {
      try {
        const given = valueOf(field);
        if (field.dataset.name === "") return given ?? {};
        if (given !== undefined) value[field.dataset.name] = given;
      } catch (error) {
        if (!(error instanceof FieldError)) throw error;
        errors.push({ pointer: error.pointer, detail: error.message });
      }
    }
    if (errors.length) throw Object.assign(new Error("Some of what you wrote cannot be sent."), { errors });
    return value;
  }

  /** Takes back what was told. */
  clear() {
    this.summary.hidden = true;
    this.summary.replaceChildren();
    for (const field of this.form.querySelectorAll(".field.wrong")) {
      field.classList.remove("wrong");
      field.querySelector(".field-error").hidden = true;
      field.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
    }
  }

  /**
   * Tells why it was refused, at the controls that it is about.
   *
   * @param {Error} error of this form, or of the gateway
   * @param {string} prefix what the pointers to parameters begin with
   */
  refuse(error, prefix = "") {
    const problem = error.problem ?? {};
    const errors = error.errors ?? problem.errors ?? [];
    if (errors.length) {
      return this.tell(problem.title ?? error.message, errors.map(({ pointer, detail }) => {
        const inner = pointer.startsWith(prefix) ? pointer.slice(prefix.length) : pointer;
        const field = this.#fieldAt(inner);
        const place = inner.split("/").slice(2).join("/");
        if (field) this.#markWrong(field, place ? `${place}: ${detail}` : detail);
        const name = field?.querySelector("label, legend")?.firstChild?.textContent.trim() || inner.slice(1);
        return { field, text: [name, place, detail].filter(Boolean).join(" ") };
      }));
    }
    const field = problem.parameter && this.form.querySelector(`[data-option="${CSS.escape(problem.parameter)}"]`);
    if (field) {
      this.#markWrong(field, problem.detail);
      return this.tell(problem.title, [{ field, text: problem.detail }]);
    }
    this.tell(error.message, []);
  }

  /** Tells something, with what it is about as links. */
  tell(title, items) {
    const line = document.createElement("p");
    const strong = document.createElement("strong");
    strong.textContent = title;
    line.append(strong);
    this.summary.replaceChildren(line);
    if (items.length) {
      const list = document.createElement("ul");
      for (const { field, text, link } of items) {
        const item = document.createElement("li");
        if (field || link) {
          const anchor = document.createElement("a");
          anchor.textContent = text;
          const target = field && (field.querySelector("fieldset") ?? controlOf(field));
          anchor.href = link ?? `#${target.id}`;
          if (target) anchor.addEventListener("click", (event) => { event.preventDefault(); target.focus(); });
          item.append(anchor);
        } else {
          item.textContent = text;
        }
        list.append(item);
      }
      this.summary.append(list);
    }
    this.summary.hidden = false;
    this.summary.focus();
  }

  /** The field that a JSON Pointer is about, or is inside of. */
  #fieldAt(pointer) {
    const name = pointer.split("/")[1]?.replaceAll("~1", "/").replaceAll("~0", "~");
    const fields = [...this.form.querySelectorAll("[data-name]")];
    return fields.find((field) => field.dataset.name === name) ?? fields.find((field) => field.dataset.name === "");
  }

  #markWrong(field, detail) {
    field.classList.add("wrong");
    const line = field.querySelector(".field-error");
    line.textContent = line.hidden ? detail : `${line.textContent}; ${detail}`;
    line.hidden = false;
    (field.querySelector("fieldset") ?? controlOf(field)).setAttribute("aria-invalid", "true");
    field.closest("details")?.setAttribute("open", "");
  }
}
