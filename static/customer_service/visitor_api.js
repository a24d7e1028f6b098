/** The visitors' API. Raises {status} for answers that are errors and {status: 0} without a connection. */
export class VisitorApi {
  constructor(texts) {
    this.texts = texts;
    this.key = `kongming.chat.${texts.channel}`;
    this.session = read(this.key);
  }

  get token() {
    return this.session?.token;
  }

  address(action = "") {
    return `${this.texts.conversations}${this.session.conversation}/${action}`;
  }

  forget() {
    this.session = null;
    remove(this.key);
  }

  /** The first message opens the conversation. `key` makes sending again after a lost answer harmless. */
  async send(text, key) {
    if (this.session) return this.call("POST", this.address("messages/"), { text }, { "Idempotency-Key": key });
    const opened = await this.call("POST", this.texts.conversations, { channel: this.texts.channel, message: text });
    this.session = { token: opened.token, conversation: opened.conversation };
    write(this.key, this.session);
    return opened;
  }

  turns(after) {
    return this.call("GET", `${this.address()}?after=${after}`);
  }

  stop() {
    return this.call("POST", this.address("cancel/"), {});
  }

  retry() {
    return this.call("POST", this.address("retry/"), {});
  }

  async call(method, url, body, extra = {}) {
    const headers = { Accept: "application/json", ...extra };
    if (this.token) headers.Authorization = `Visitor ${this.token}`;
    if (body) headers["Content-Type"] = "application/json";
    const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body), cache: "no-store" }).catch(
      () => null,
    );
    if (!answer) throw { status: 0, code: "offline" };
    const content = await answer.json().catch(() => ({}));
    if (!answer.ok) throw { status: answer.status, code: content.error?.code ?? "" };
    return content;
  }
}

/** A random key; `crypto.randomUUID` exists only on HTTPS, and shops try things out without it. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function write(key, session) {
  try {
    localStorage.setItem(key, JSON.stringify(session));
  } catch {
    // Private windows may refuse: the conversation then ends with the page.
  }
}

function remove(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // As above.
  }
}
