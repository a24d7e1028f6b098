import { forgetPartsBefore, forgetRecording, keepRecording, keptParts } from "./kept_parts.js";
import { Refused, Upload } from "../files/tus.js";

const FIRST_PAUSE_MILLISECONDS = 1000;
const LONGEST_PAUSE_MILLISECONDS = 30_000;
const MOST_PARTS_AT_ONCE = 64;
const CONFLICT = 409;
const TRIED_AGAIN = new Set([408, CONFLICT, 429, 500, 502, 503, 504, 507]);

/**
 * Brings the kept parts of one recording to the server, in order, for as long as it takes.
 *
 * `tell` learns how it goes: waiting({message}) when a try failed and another follows, sent({offset}),
 * refused({status, message}) when no other try would help, done({address}).
 */
export class Sender {
  constructor(recording, { address, csrf, tell }) {
    Object.assign(this, { recording, creation: address, csrf, tell });
    this.pause = FIRST_PAUSE_MILLISECONDS;
    this.isSending = false;
    this.timer = 0;
    addEventListener("online", () => this.wake());
  }

  /** There may be something to send. */
  async wake() {
    clearTimeout(this.timer);
    this.isWoken = true;
    if (this.isSending || this.isOver) return;
    this.isSending = true;
    try {
      while (this.isWoken) {
        this.isWoken = false;
        while (await this.#sendSome());
      }
      this.pause = FIRST_PAUSE_MILLISECONDS;
    } catch (error) {
      await this.#recover(error);
    } finally {
      this.isSending = false;
    }
  }

  /** Sends a few parts, or the end. Answers whether there may be more. */
  async #sendSome() {
    const { recording } = this;
    const upload = await this.#upload();
    const waiting = await keptParts(recording.id, MOST_PARTS_AT_ONCE);
    if (waiting.length) {
      const part = new Blob(waiting.map((each) => each.part));
      await this.#stored(await upload.append(part, waiting[0].offset));
    } else if (recording.isEnded) {
      await upload.append(new Blob(), recording.size, recording.size);
      await this.#finish();
    }
    return waiting.length > 0;
  }

  async #upload() {
    const { recording, csrf } = this;
    if (recording.address) return new Upload(recording.address, csrf);
    const names = { filename: recording.fileName, title: recording.title };
    const upload = await Upload.begin(this.creation, { csrf, length: null, names });
    recording.address = upload.address;
    await keepRecording(recording);
    return upload;
  }

  async #stored(offset) {
    await forgetPartsBefore(this.recording.id, offset);
    this.pause = FIRST_PAUSE_MILLISECONDS;
    this.tell.sent?.({ offset });
  }

  async #finish() {
    this.isOver = true;
    await forgetRecording(this.recording.id);
    this.tell.done?.({ address: this.recording.address });
  }

  async #recover(error) {
    const isFinal = error instanceof Refused && !TRIED_AGAIN.has(error.status);
    if (isFinal) {
      this.tell.refused?.({ status: error.status, message: error.message });
      return;
    }
    if (error.status === CONFLICT && (await this.#catchUp())) return;
    this.tell.waiting?.({ message: error instanceof Refused ? error.message : "" });
    this.timer = setTimeout(() => this.wake(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MILLISECONDS);
  }

  /** The answer to a part was lost on its way: the server knows what it has. Answers whether that was the end. */
  async #catchUp() {
    try {
      const { offset, isComplete } = await new Upload(this.recording.address, this.csrf).state();
      await (isComplete ? this.#finish() : this.#stored(offset));
      return isComplete;
    } catch {
      return false;
    }
  }
}
