import { followEvents } from "../jobs/event_stream.js";
import { Take } from "../speech/microphone.js";
import { upload } from "./chat_files.js";

const LONGEST_MILLISECONDS = 300_000;

/** Voice messages: recorded, sent, listened to; what was said comes back as the visitor's own message. */
export class Voice {
  constructor(page) {
    Object.assign(this, page);
    this.note = document.getElementById("tray-note");
    this.discard = document.getElementById("discard");
    this.discard.addEventListener("click", () => {
      this.isDiscarded = true;
      this.take?.end();
    });
  }

  async toggle() {
    if (this.take) {
      this.take.end();
      return;
    }
    const parts = [];
    this.isDiscarded = false;
    try {
      this.take = await Take.begin({
        onPart: (part) => parts.push(part),
        onLevel: () => this.#clock(),
        onEnd: () => this.#spoken(parts),
      });
      this.#mark(true);
    } catch {
      this.note.textContent = this.words.no_microphone;
    }
  }

  #clock() {
    const seconds = Math.floor(this.take.milliseconds / 1000);
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    this.note.textContent = this.words.recording.replace("{time}", time);
    if (this.take.milliseconds > LONGEST_MILLISECONDS) this.take.end();
  }

  #mark(isRecording) {
    this.discard.hidden = !isRecording;
    this.button.setAttribute("aria-pressed", isRecording);
    this.button.setAttribute("aria-label", isRecording ? this.words.end_recording : this.words.record);
  }

  #spoken(parts) {
    this.take = null;
    this.#mark(false);
    this.note.textContent = "";
    if (!this.isDiscarded && parts.length) this.#send(new Blob(parts, { type: parts[0].type }));
  }

  async #send(sound) {
    const { words } = this;
    const drawn = this.log.addMessage("visitor");
    drawn.bubble.textContent = words.listening;
    drawn.message.setAttribute("aria-busy", "true");
    const fail = (sentence) => {
      drawn.message.removeAttribute("aria-busy");
      drawn.bubble.textContent = sentence;
      this.log.addChoice(drawn.message, words.send_again, () => drawn.message.remove() ?? this.#send(sound));
    };
    const failed = () => fail(words.not_now);
    const heard = ({ result }) => {
      drawn.message.remove();
      if (result.has_speech) this.onHeard();
      else this.log.addNotice(words.no_speech);
    };
    try {
      const { events } = await upload(this.api, sound, "voice", "voice");
      const progress = ({ done, total }) => (drawn.meta.textContent = `${words.you} · ${Math.round((100 * done) / total)}%`);
      followEvents(events, { progress, done: heard, error: failed, cancelled: failed, refused: failed }, this.api);
    } catch (error) {
      if (error.status === undefined) throw error;
      // Too many wait, or there is no room: the answer says what to do.
      fail([429, 507].includes(error.status) ? error.message : words.not_now);
    }
  }
}
