/** A file sent whole, as the field `file` of a form, where the API takes no parts. Has the row of a `FileUpload`. */
export class FormUpload {
  /** `section`: what says where it goes; `fields`: sent along. */
  constructor(section, file, row, fields) {
    Object.assign(this, { section, file, row, fields, request: new XMLHttpRequest() });
    row.querySelector("[data-give-up]").addEventListener("click", () => this.request.abort());
  }

  send() {
    const { dataset } = this.section;
    const body = new FormData();
    for (const [name, value] of Object.entries(this.fields)) body.append(name, value);
    body.append("file", this.file);
    const { request } = this;
    request.open("POST", dataset.create);
    request.setRequestHeader("X-CSRFToken", dataset.csrf);
    request.responseType = "json";
    // Fetch tells nothing of how far an upload is.
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      this.row.querySelector(".progress").value = total ? loaded / total : 1;
    });
    request.addEventListener("load", () => this.#answered());
    request.addEventListener("error", () => this.#refused(""));
    request.send(body);
  }

  #answered() {
    const { status, response } = this.request;
    if (status < 200 || status > 299) {
      this.#refused(reason(response?.error));
      return;
    }
    this.#say(this.section.dataset.stored);
    this.row.querySelector("[data-give-up]").remove();
    const { storedEvent } = this.section.dataset;
    this.section.dispatchEvent(new CustomEvent(storedEvent, { bubbles: true, detail: { id: response.id } }));
  }

  #refused(words) {
    this.#say(words || this.section.dataset.failed);
    this.section.dispatchEvent(new CustomEvent("upload-refused", { bubbles: true }));
  }

  #say(words) {
    this.row.querySelector("[data-words]").textContent = words;
  }
}

/** The first thing that is said of a field, else what is said of the whole. */
function reason(error) {
  const [line] = Object.values(error?.fields ?? {}).flat();
  return line ?? error?.message ?? "";
}
