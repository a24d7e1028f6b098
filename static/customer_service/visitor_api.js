/** The visitors' API. Raises {status, code, message}: of an answer that is an error, {status: 0} without a connection. */
export class VisitorApi {
  constructor({ api, channel }) {
    this.root = api;
    this.channel = channel;
    this.key = `kongming.chat.${channel}`;
    this.session = read(this.key);
    this.identity = "";
  }

  get token() {
    return this.session?.token;
  }

  get authorization() {
    return `Visitor ${this.token}`;
  }

  /** The token no longer opens anything; a visitor whose signature has run out goes on without a name. */
  isOver({ status }) {
    const hadName = status === 403 && this.identity;
    if (hadName) this.identity = "";
    return hadName || (this.session && (status === 401 || status === 404));
  }

  forget() {
    this.session = null;
    write(this.key, null);
  }

  /** `key` makes sending again after a lost answer harmless; the first message opens the conversation. */
  async send({ text, key, files = [] }) {
    await this.opening;
    if (!this.session) return this.start({ message: text }, key);
    return this.post("messages/", { text, attachments: files }, { "Idempotency-Key": key });
  }

  /** Whoever comes while it is being opened waits for it, or there would be two conversations. */
  start(first, key = newKey()) {
    const language = document.documentElement.lang.toLowerCase();
    this.opening = this.#open({ channel: this.channel, identity: this.identity, language, ...first }, key).finally(() => {
      this.opening = null;
    });
    return this.opening;
  }

  async #open(body, key) {
    const opened = await this.call("POST", `${this.root}conversations/`, body, { "Idempotency-Key": key });
    this.keep(opened);
    return opened;
  }

  messages(after) {
    return this.call("GET", `${this.#address()}?after=${after}`);
  }

  post(action, body = {}, headers = {}) {
    return this.call("POST", this.#address() + action, body, headers);
  }

  async call(method, url, body, extra = {}) {
    const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang, ...extra };
    const isForm = body instanceof FormData;
    if (this.token) headers.Authorization = this.authorization;
    if (body && !isForm) headers["Content-Type"] = "application/json";
    const sent = isForm ? body : body && JSON.stringify(body);
    const answer = await fetch(url, { method, headers, body: sent, cache: "no-store" }).catch(() => null);
    if (!answer) throw { status: 0, code: "offline" };
    const content = await answer.json().catch(() => ({}));
    if (!answer.ok) throw { status: answer.status, ...content.error };
    return content;
  }

  #address() {
    return `${this.root}conversations/${this.session.conversation}/`;
  }

  keep({ token, conversation }) {
    this.session = { token, conversation, visitor: this.visitor };
    write(this.key, this.session);
  }
}

/** A random key; `crypto.randomUUID` exists only on HTTPS, and shops try things out without it. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

/** Private windows may refuse: the conversation then ends with the page. */
export function write(key, value) {
  try {
    if (value) localStorage.setItem(key, JSON.stringify(value));
    else localStorage.removeItem(key);
  } catch {
    return;
  }
}
