import { keepPart, keepRecording, keptRecordings, forgetRecording } from "./kept_parts.js";
import { Take, obstacle, problemOf, recordedType } from "./microphone.js";
import { readAlong } from "./read_along.js";
import { Sender } from "./sender.js";
import { Upload } from "../files/tus.js";
import { ask } from "../portal/confirm.js";
import { timeZone } from "../portal/times.js";

const SILENT_MILLISECONDS = 8000;
const AUDIBLE = 0.004;
const NO_ID = "00000000-0000-0000-0000-000000000000";
const EXTENSIONS = { webm: "webm", mp4: "m4a", ogg: "ogg" };

/**
 * The recorder of `speech/recorder.html`: state, words and buttons. What is spoken is kept in IndexedDB second by
 * second and sent as it comes. When the server begins to write it down, the element fires `recording:heard` with
 * {id, address, job}; when it has all of it, `recording:stored` with {id, address}.
 */
class Recorder {
  constructor(element) {
    this.element = element;
    this.csrf = element.dataset.csrf;
    this.take = null;
    this.claims = new Map();
    this.kept = Promise.resolve();
    for (const name of ["record", "pause", "resume", "stop"]) {
      this.#find(name).addEventListener("click", () => this[name]());
    }
    addEventListener("beforeunload", (event) => this.take && event.preventDefault());
    const problem = obstacle();
    if (problem) {
      this.#show("blocked");
      this.#warn(problem);
      return;
    }
    this.#show("idle");
    this.#offerKept();
  }

  record() {
    return this.#speak({
      id: crypto.randomUUID(),
      owner: this.element.dataset.owner,
      creation: this.element.dataset.create,
      title: this.element.dataset.title || new Date().toLocaleString(document.documentElement.lang, { timeZone }),
      fileName: `recording.${EXTENSIONS[recordedType().match(/\/(\w+)/)[1]]}`,
      address: "",
      startedAt: Date.now(),
      milliseconds: 0,
      size: 0,
      isEnded: false,
    });
  }

  pause() {
    this.take.pause();
    this.#show("paused");
    this.#find("resume").focus();
  }

  resume() {
    this.take.resume();
    this.#show("recording");
    this.#find("pause").focus();
  }

  stop() {
    this.isStopping = true;
    this.take.end();
  }

  /** Records into `recording`, at its beginning or behind what an earlier page load left. */
  async #speak(recording) {
    this.#clearNotice();
    this.#show("starting");
    const before = recording.milliseconds;
    this.isStopping = false;
    try {
      this.take = await Take.begin({
        onPart: (part) => this.#keep(recording, part, before),
        onLevel: (level) => this.#showLevel(level, before),
        onEnd: () => this.#ended(recording),
      });
    } catch (error) {
      this.#show("idle");
      this.#warn(problemOf(error));
      return;
    }
    if (!this.claims.has(recording.id)) this.claims.set(recording.id, await claimed(recording.id));
    await keepRecording(recording);
    this.sender = this.#sender(recording);
    this.heardAt = performance.now();
    this.#show("recording");
    this.#find("pause").focus();
  }

  /** One after another: the next part begins where this one ends. */
  #keep(recording, part, before) {
    this.kept = this.kept.then(async () => {
      const { size } = recording;
      try {
        await keepPart(recording, part, before + this.take.milliseconds);
      } catch {
        recording.size = size;
        this.#warn("full");
        this.stop();
        return;
      }
      this.sender.wake();
    });
  }

  async #ended(recording) {
    await this.kept;
    this.take = null;
    this.#showLevel(0, 0);
    if (!this.isStopping) {
      this.#show("idle");
      this.#warn("unplugged");
      this.#offer(recording, this.sender);
      return;
    }
    await this.#finish(recording, this.sender);
  }

  async #finish(recording, sender) {
    recording.isEnded = true;
    await keepRecording(recording);
    this.#show("sending");
    sender.wake();
  }

  #sender(recording) {
    const tell = {
      sent: () => {
        this.#clearNotice("waiting");
        this.#readAlong(recording);
      },
      waiting: ({ message }) => this.#warn("waiting", message),
      refused: ({ status, message }) => this.#refused(recording, status, message),
      done: ({ address }) => this.#stored(recording, address),
    };
    return new Sender(recording, { address: this.element.dataset.create, csrf: this.csrf, tell });
  }

  /** The job begins with the first part that can be heard, so the server is asked after each part until there is one. */
  async #readAlong(recording) {
    if (this.reading?.id === recording.id) return;
    this.reading?.close?.();
    const reading = (this.reading = { id: recording.id });
    const list = this.#find("live-text");
    list.replaceChildren();
    const job = await jobOf(recording.address);
    if (this.reading !== reading) return;
    if (!job) {
      this.reading = null;
      return;
    }
    const events = this.element.dataset.jobEvents.replace(NO_ID, job);
    Object.assign(reading, readAlong(events, { list, template: this.#find("live-row") }));
    const detail = { id: idOf(recording.address), address: recording.address, job };
    this.element.dispatchEvent(new CustomEvent("recording:heard", { bubbles: true, detail }));
  }

  #refused(recording, status, message) {
    const isSignedOut = status === 401 || status === 403;
    this.#warn(isSignedOut ? "signedOut" : "refused", isSignedOut ? "" : message);
    if (this.take) this.stop();
    else if (recording.isEnded) this.#show("idle");
  }

  #stored(recording, address) {
    this.#drop(recording);
    this.#clearNotice();
    if (this.element.dataset.state === "sending") this.#show("idle");
    const id = idOf(address);
    this.#say(this.#word("stored"));
    this.element.dispatchEvent(new CustomEvent("recording:stored", { bubbles: true, detail: { id, address } }));
  }

  /** What an earlier page load left: ended ones are sent on, the others wait for a decision. */
  async #offerKept() {
    for (const recording of await keptRecordings()) {
      if (recording.owner !== this.element.dataset.owner || !this.#belongsHere(recording)) continue;
      const release = await claimed(recording.id);
      if (!release) continue;
      this.claims.set(recording.id, release);
      const sender = this.#sender(recording);
      if (recording.isEnded) this.#show("sending");
      else this.#offer(recording, sender);
      sender.wake();
    }
  }

  /** What was spoken into one page is never offered on another: there it would become something else. */
  #belongsHere({ creation }) {
    return !creation || creation === this.element.dataset.create;
  }

  #offer(recording, sender) {
    const row = this.#find("kept-row").content.firstElementChild.cloneNode(true);
    row.dataset.kept = recording.id;
    row.querySelector("[data-kept-time]").textContent = new Date(recording.startedAt).toLocaleString(
      document.documentElement.lang,
      { timeZone },
    );
    row.querySelector("[data-kept-length]").textContent = clock(recording.milliseconds);
    row.querySelector("[data-go-on]").addEventListener("click", () => this.#decided(row, () => this.#speak(recording)));
    row.querySelector("[data-finish]").addEventListener("click", () =>
      this.#decided(row, () => this.#finish(recording, sender)),
    );
    row.querySelector("[data-discard]").addEventListener("click", () => {
      this.#discardOnceAgreed(row, recording, sender);
    });
    this.#find("kept").append(row);
  }

  async #discardOnceAgreed(row, recording, sender) {
    const act = row.querySelector("[data-discard]").textContent.trim();
    if (await ask(this.#word("discard"), { act, isDangerous: true }))
      this.#decided(row, () => this.#discard(recording, sender));
  }

  #decided(row, act) {
    row.remove();
    act();
  }

  async #discard(recording, sender) {
    sender.isOver = true;
    await forgetRecording(recording.id);
    if (recording.address) await new Upload(recording.address, this.csrf).giveUp();
    this.#drop(recording);
    this.#find("record").focus();
  }

  #drop(recording) {
    this.element.querySelector(`[data-kept="${recording.id}"]`)?.remove();
    this.claims.get(recording.id)?.();
    this.claims.delete(recording.id);
  }

  #showLevel(level, before) {
    this.#find("level").value = Math.min(1, Math.sqrt(level) * 1.6);
    if (!this.take) return;
    this.#find("time").textContent = clock(before + this.take.milliseconds);
    const now = performance.now();
    if (level > AUDIBLE || this.element.dataset.state === "paused") {
      this.heardAt = now;
      this.#clearNotice("silent");
    } else if (now - this.heardAt > SILENT_MILLISECONDS) {
      this.#warn("silent");
    }
  }

  /** The style sheet shows the buttons of the state. */
  #show(state) {
    this.element.dataset.state = state;
    if (state === "idle") this.#find("time").textContent = clock(0);
    this.#say(this.#word(state));
  }

  #say(words) {
    this.#find("status").textContent = words;
  }

  #warn(problem, message = "") {
    const notice = this.#find("notice");
    if (notice.dataset.problem === problem) return;
    notice.dataset.problem = problem;
    notice.hidden = false;
    this.#find("notice-text").textContent = [this.#word(problem), message].filter(Boolean).join(" ");
  }

  #clearNotice(only = "") {
    const notice = this.#find("notice");
    if (only && notice.dataset.problem !== only) return;
    notice.hidden = true;
    delete notice.dataset.problem;
  }

  #word(name) {
    return this.#find("words").dataset[name] ?? "";
  }

  #find(name) {
    return this.element.querySelector(`[data-${name}]`);
  }
}

/** One page works on a recording. Answers a function that lets it go, or null when another page has it. */
function claimed(id) {
  return new Promise((resolve) => {
    navigator.locks.request(`kongming-recording-${id}`, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(null);
      return new Promise((release) => resolve(release));
    });
  });
}

const idOf = (address) => address.split("/").filter(Boolean).at(-1);

/** The id of the job that writes the recording down, or null while there is none. */
async function jobOf(address) {
  try {
    const answer = await fetch(address, { cache: "no-store" });
    return answer.ok ? (await answer.json()).job : null;
  } catch {
    return null;
  }
}

function clock(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, "0"));
  const hours = Math.floor(seconds / 3600);
  return (hours ? [hours, ...parts] : parts).join(":");
}

for (const element of document.querySelectorAll("[data-recorder]")) new Recorder(element);
