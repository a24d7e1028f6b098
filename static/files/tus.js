/** A resumable upload by tus 1.0: what the server acknowledges is stored, and it always knows how far it came. */
const VERSION = { "Tus-Resumable": "1.0.0" };
const PART_TYPE = "application/offset+octet-stream";

/** An answer that trying again will not change: `status`, and the server's words as message. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export class Upload {
  /** `csrf` is the token of the portal's session. */
  constructor(address, csrf) {
    this.address = address;
    this.csrf = csrf;
  }

  /** `length` is null while nobody knows it. */
  static async begin(address, { csrf, length, names }) {
    const size = length === null ? { "Upload-Defer-Length": "1" } : { "Upload-Length": String(length) };
    const headers = { ...VERSION, ...size, "Upload-Metadata": encoded(names), "X-CSRFToken": csrf };
    const answer = await checked(fetch(address, { method: "POST", headers }));
    return new Upload(answer.headers.get("Location"), csrf);
  }

  /** How many bytes are stored, and whether they are all. */
  async state() {
    const answer = await checked(fetch(this.address, { method: "HEAD", headers: VERSION, cache: "no-store" }));
    const offset = Number(answer.headers.get("Upload-Offset"));
    return { offset, isComplete: answer.headers.get("Upload-Length") === String(offset) };
  }

  /** Deletes what is stored. */
  async giveUp() {
    await checked(fetch(this.address, { method: "DELETE", headers: { ...VERSION, "X-CSRFToken": this.csrf } }));
  }

  /** Sends a part; `length` ends an upload that was begun without one. Answers the new offset. */
  async append(part, offset, length = null) {
    const headers = { ...VERSION, "Content-Type": PART_TYPE, "Upload-Offset": String(offset), "X-CSRFToken": this.csrf };
    if (length !== null) headers["Upload-Length"] = String(length);
    const answer = await checked(fetch(this.address, { method: "PATCH", headers, body: part }));
    return Number(answer.headers.get("Upload-Offset"));
  }
}

async function checked(request) {
  const answer = await request;
  if (answer.ok) return answer;
  throw new Refused(answer.status, await words(answer));
}

async function words(answer) {
  try {
    return (await answer.json()).error.message;
  } catch {
    return "";
  }
}

function encoded(names) {
  const pairs = Object.entries(names).filter(([, value]) => value);
  return pairs.map(([name, value]) => `${name} ${base64(value)}`).join(",");
}

const base64 = (text) => btoa(String.fromCodePoint(...new TextEncoder().encode(text)));
