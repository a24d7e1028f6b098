import { onDrop } from "../portal/dropzone.js";
import { Refused, Upload } from "./tus.js";

const PART_BYTES = 4 * 1024 * 1024;
const FIRST_PAUSE_MILLISECONDS = 1000;
const LONGEST_PAUSE_MILLISECONDS = 30_000;
const TRIED_AGAIN = new Set([408, 409, 429, 500, 502, 503, 504, 507]);

// What stands in `data-opens` where the id of the upload belongs.
const NO_ID = "00000000-0000-0000-0000-000000000000";

/** The page of what came of an upload: `data-opens` of the element that said where it goes. */
export const resultAddress = ({ dataset }, id) => dataset.opens.replace(NO_ID, id);

/** One chosen file on its way, and its row. `metadata` goes along with its name. */
export class FileUpload {
  constructor(section, file, row, metadata) {
    Object.assign(this, { section, file, row, metadata, isGivenUp: false, pause: FIRST_PAUSE_MILLISECONDS });
    const place = [section.dataset.owner, section.dataset.create, ...Object.values(this.metadata)].join(" ");
    this.key = `upload ${place} ${file.name} ${file.size} ${file.lastModified}`;
    row.querySelector("[data-name]").textContent = file.name;
    row.querySelector("[data-give-up]").addEventListener("click", () => this.giveUp());
  }

  async send() {
    while (!this.isGivenUp) {
      try {
        await this.#sendAll();
        return;
      } catch (error) {
        if (this.isGivenUp) return;
        if (error instanceof Refused && !TRIED_AGAIN.has(error.status)) {
          this.#refused(error);
          return;
        }
        this.#say(error.message && error instanceof Refused ? error.message : this.section.dataset.waiting);
        await this.#nextTry();
      }
    }
  }

  async giveUp() {
    this.isGivenUp = true;
    localStorage.removeItem(this.key);
    this.row.remove();
    if (this.upload) await this.upload.giveUp();
  }

  async #sendAll() {
    let offset = await this.#begin();
    while (offset < this.file.size && !this.isGivenUp) {
      this.#show(offset);
      offset = await this.upload.append(this.file.slice(offset, offset + PART_BYTES), offset);
      this.pause = FIRST_PAUSE_MILLISECONDS;
      this.#say("");
    }
    if (!this.isGivenUp) this.#stored();
  }

  /** Goes on with an upload of the same file that broke off, also before a reload. Answers where. */
  async #begin() {
    const { dataset } = this.section;
    const address = localStorage.getItem(this.key);
    if (address) {
      try {
        this.upload = new Upload(address, dataset.csrf);
        const { offset, isComplete } = await this.upload.state();
        if (!isComplete) return offset;
      } catch (error) {
        if (!(error instanceof Refused && error.status === 404)) throw error;
      }
    }
    const names = { ...this.metadata, filename: this.file.name };
    this.upload = await Upload.begin(dataset.create, { csrf: dataset.csrf, length: this.file.size, names });
    localStorage.setItem(this.key, this.upload.address);
    return 0;
  }

  #stored() {
    localStorage.removeItem(this.key);
    this.#show(this.file.size);
    this.#say(this.section.dataset.stored);
    this.row.querySelector("[data-give-up]").remove();
    const { address } = this.upload;
    const id = address.split("/").filter(Boolean).at(-1);
    this.section.dispatchEvent(new CustomEvent(this.section.dataset.storedEvent, { bubbles: true, detail: { id, address } }));
  }

  #refused(error) {
    localStorage.removeItem(this.key);
    this.row.querySelector(".progress").remove();
    this.#say(error.message);
    this.section.dispatchEvent(new CustomEvent("upload-refused", { bubbles: true }));
  }

  #nextTry() {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.pause);
      addEventListener("online", () => resolve(clearTimeout(timer)), { once: true });
      this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MILLISECONDS);
    });
  }

  #show(offset) {
    this.row.querySelector(".progress").value = this.file.size ? offset / this.file.size : 1;
  }

  #say(words) {
    this.row.querySelector("[data-words]").textContent = words;
  }
}

/** What the page wants said of each file: its `data-metadata-…` attributes. */
function metadataOf({ dataset }) {
  const named = Object.entries(dataset).filter(([name]) => name.startsWith("metadata"));
  return Object.fromEntries(named.map(([name, value]) => [name.slice("metadata".length).toLowerCase(), value]));
}

function start(section) {
  const input = section.querySelector("input");

  const send = (files) => {
    for (const file of files) {
      const row = section.querySelector("[data-upload-row]").content.firstElementChild.cloneNode(true);
      section.querySelector("[data-uploads]").append(row);
      new FileUpload(section, file, row, metadataOf(section)).send();
    }
  };

  input.addEventListener("change", () => {
    send([...input.files]);
    input.value = "";
  });
  onDrop(section.querySelector(".dropzone"), (files) => send([...files]));
  if (section.dataset.opens) {
    section.addEventListener(section.dataset.storedEvent, ({ detail }) => {
      // What is still on its way would break off.
      if (!section.querySelector("[data-give-up]")) location.assign(resultAddress(section, detail.id));
    });
  }
}

for (const section of document.querySelectorAll("[data-file-upload]")) start(section);
