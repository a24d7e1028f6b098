import { element } from "./chat_log.js";

export async function upload(api, blob, name, kind) {
  await (api.session || api.opening || api.start({}));
  const form = new FormData();
  form.append("file", blob, name);
  form.append("kind", kind);
  return api.post("attachments/", form);
}

/** Files: those that wait for the next message, and those that came with one. */
export class Tray {
  constructor(page) {
    Object.assign(this, page);
    this.place = document.getElementById("tray");
    this.note = document.getElementById("tray-note");
  }

  add(files) {
    for (const file of files) this.#upload(file);
  }

  /** The files for a message; the tray is empty then. */
  take() {
    this.place.replaceChildren();
    return this.attached.files.splice(0);
  }

  draw({ message, bubble }, files) {
    if (bubble.textContent === files.map(({ name }) => name).join(", ")) bubble.remove();
    for (const file of files) message.append(this.#file(file));
    this.log.toEnd();
  }

  /** Pictures and sound are shown; the rest is a link that saves. */
  #file({ kind, name, content_type: type, url }) {
    if (type.startsWith("audio/")) {
      const sound = element("audio", "attached");
      sound.controls = true;
      sound.preload = "none";
      sound.src = url;
      sound.setAttribute("aria-label", kind === "voice" ? this.words.voice : name);
      return sound;
    }
    const link = element("a", "attached", name);
    link.href = url;
    link.target = "_blank";
    link.rel = "noopener";
    if (type.startsWith("image/") && type !== "image/heic") {
      const picture = element("img");
      picture.src = url;
      picture.alt = name;
      picture.addEventListener("load", () => this.log.toEnd());
      link.replaceChildren(picture);
    }
    return link;
  }

  async #upload(file) {
    const chip = element("span", "chip", file.name);
    chip.setAttribute("aria-busy", "true");
    this.place.append(chip);
    this.#busy(1, this.words.uploading);
    try {
      const stored = await upload(this.api, file, file.name, "file");
      this.attached.files.push(stored);
      chip.append(this.#remover(chip, stored));
      chip.removeAttribute("aria-busy");
      this.#busy(-1);
    } catch (error) {
      chip.remove();
      this.#busy(-1, this.#problem(error));
    }
  }

  #remover(chip, stored) {
    const remove = element("button", "chip-remove", "×");
    remove.type = "button";
    remove.setAttribute("aria-label", `${this.words.remove}: ${stored.name}`);
    remove.addEventListener("click", () => {
      const { files } = this.attached;
      files.splice(files.indexOf(stored), 1);
      chip.remove();
      this.onChange();
    });
    return remove;
  }

  #busy(change, note = "") {
    this.attached.uploads += change;
    this.note.textContent = note;
    this.onChange();
  }

  #problem(error) {
    if (error.status === undefined) throw error;
    const { not_now: later, too_large: tooLarge, not_accepted: refused, too_fast: tooFast } = this.words;
    return { 413: tooLarge, 415: refused, 429: tooFast, 507: error.message }[error.status] ?? later;
  }
}
