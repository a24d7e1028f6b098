import { followEvents } from "../jobs/event_stream.js";
import { Take, obstacle } from "./microphone.js";

/** A microphone beside a text of a form: pressed once it listens, pressed again what was said stands in the text. */
class Dictation {
  constructor(template, box) {
    this.words = template.dataset;
    this.box = box;
    const row = template.content.firstElementChild.cloneNode(true);
    [this.button, this.status] = row.children;
    this.button.setAttribute("aria-describedby", box.id);
    this.button.addEventListener("click", () => (this.take ? this.take.end() : this.#listen()));
    box.after(row);
  }

  async #listen() {
    const parts = [];
    this.button.disabled = true;
    try {
      this.take = await Take.begin({ onPart: (part) => parts.push(part), onLevel: () => {}, onEnd: () => this.#send(parts) });
      this.#show("listening");
    } catch {
      this.#show("denied");
    }
    this.button.disabled = false;
    this.button.setAttribute("aria-pressed", String(Boolean(this.take)));
  }

  async #send(parts) {
    this.take = null;
    this.button.setAttribute("aria-pressed", "false");
    this.button.disabled = true;
    this.#show("writing");
    const body = new FormData();
    body.append("file", new Blob(parts), "dictation");
    const headers = { "X-CSRFToken": this.box.form.elements.csrfmiddlewaretoken.value };
    try {
      const answer = await fetch(this.words.address, { method: "POST", headers, body });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      this.#follow((await answer.json()).events);
    } catch {
      this.#end("failed");
    }
  }

  #follow(address) {
    let text = "";
    const fail = () => this.#end("failed");
    followEvents(address, {
      delta: ({ text: piece }) => (text += piece),
      restart: () => (text = ""),
      done: () => this.#insert(text.trim()),
      error: fail,
      cancelled: fail,
      refused: fail,
    });
  }

  /** In place of what is selected, with a space where Latin words would else run together. */
  #insert(text) {
    const { box } = this;
    const gap = /[\w.,;:!?)]$/.test(box.value.slice(0, box.selectionStart)) && /^\w/.test(text) ? " " : "";
    if (text) box.setRangeText(gap + text, box.selectionStart, box.selectionEnd, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
    this.#end(text ? "" : "silent");
    box.focus();
  }

  #end(state) {
    this.button.disabled = false;
    this.#show(state);
  }

  #show(state) {
    this.status.textContent = this.words[state] ?? "";
  }
}

for (const template of obstacle() ? [] : document.querySelectorAll("template[data-dictation]")) {
  for (const box of template.closest("form").querySelectorAll("textarea")) new Dictation(template, box);
}
