/** Files that are dropped anywhere on the start page or chosen there: what each may be taken for, and sending it there. */
import { onDrop } from "./dropzone.js";
import { FormUpload } from "../files/form_upload.js";
import { FileUpload, resultAddress } from "../files/upload.js";

const HEAD_BYTES = 64 * 1024;
const section = document.getElementById("drop");
const { dataset } = section;

/** One file and its row, from its first look to the page that it opens. `isAlone`: that page may open by itself. */
class DroppedFile {
  constructor(file, isAlone) {
    Object.assign(this, { file, isAlone });
    this.row = document.createElement("li");
    section.querySelector("[data-uploads]").append(this.row);
  }

  async ask() {
    this.#show(section.querySelector("template").content.firstElementChild.cloneNode(true));
    try {
      this.#show(await this.#offers());
    } catch {
      this.#fail(dataset.failed);
      return;
    }
    const offers = [...this.row.querySelectorAll("[data-offer]")];
    for (const offer of offers) {
      offer.addEventListener("submit", (event) => {
        event.preventDefault();
        this.#send(offer);
      });
    }
    if (this.row.dataset.asked === undefined) offers.forEach((offer) => this.#send(offer));
    else if (this.isAlone) offers[0].querySelector("button").focus();
  }

  /** The row with the cards, as the server makes it. */
  async #offers() {
    const body = new FormData();
    body.append("size", this.file.size);
    // Read here: what is a folder, or was deleted meanwhile, fails before anything is sent.
    const head = await this.file.slice(0, HEAD_BYTES).arrayBuffer();
    body.append("head", new Blob([head]), this.file.name);
    const answer = await fetch(dataset.offers, { method: "POST", headers: { "X-CSRFToken": dataset.csrf }, body });
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("li");
  }

  #show(row) {
    this.row.replaceWith(row);
    this.row = row;
    row.querySelector("[data-name]").textContent = this.file.name;
    row.querySelector("[data-give-up]").addEventListener("click", () => row.remove());
    row.querySelector("[data-retry]").addEventListener("click", () => this.ask());
  }

  #send(offer) {
    this.row.querySelector("[data-cards]").hidden = true;
    this.row.querySelector(".progress").hidden = false;
    this.row.querySelector("[data-words]").textContent = "";
    offer.addEventListener("file-stored", ({ detail }) => this.#open(resultAddress(offer, detail.id)));
    offer.addEventListener("upload-refused", () => this.#fail());
    const kind = offer.dataset.resumable === undefined ? FormUpload : FileUpload;
    new kind(offer, this.file, this.row, Object.fromEntries(new FormData(offer))).send();
  }

  #open(address) {
    const link = this.row.querySelector("[data-open]");
    link.href = address;
    link.hidden = false;
    if (!this.isAlone) return;
    this.row.querySelector("[data-words]").textContent = dataset.done;
    location.assign(address);
  }

  #fail(words = "") {
    this.row.querySelector(".progress")?.remove();
    this.row.querySelector("[data-retry]").hidden = false;
    if (words) this.row.querySelector("[data-words]").textContent = words;
  }
}

function take(files) {
  const chosen = [...files];
  for (const file of chosen) new DroppedFile(file, chosen.length === 1).ask();
}

const input = section.querySelector("input");
input.addEventListener("change", () => {
  take(input.files);
  input.value = "";
});
onDrop(document.body, take);
