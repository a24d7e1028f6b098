import { keepEnd } from "../portal/keep_end.js";

/** Everything in the log. Text only ever enters as text nodes. */
export class ChatLog {
  constructor(log, scroll, words) {
    Object.assign(this, { log, words, end: keepEnd(scroll) });
    this.greeting = [...log.children];
  }

  clear() {
    this.log.replaceChildren(...this.greeting);
  }

  addMessage(author, name) {
    this.#dropOffers();
    const isOwn = author === "visitor";
    const message = element("div", isOwn ? "message message-own" : "message");
    const meta = element("p", "message-meta", name || this.words[{ visitor: "you", bot: "assistant" }[author] ?? "staff"]);
    const bubble = element("div", `bubble${isOwn ? " bubble-own" : author === "agent" ? " bubble-staff" : ""}`);
    bubble.dir = "auto";
    message.append(meta, bubble);
    this.#append(message, isOwn);
    return { message, meta, bubble };
  }

  addNotice(text) {
    this.#dropOffers();
    const notice = element("p", "message-notice", text);
    notice.dir = "auto";
    this.#append(notice);
  }

  /** Buttons under the last message: {label: action}. */
  offer(choices) {
    this.#dropOffers();
    const offers = element("div", "offers");
    for (const [label, action] of choices) this.addChoice(offers, label, action);
    if (choices.length) this.#append(offers);
  }

  addChoice(parent, label, action) {
    const button = element("button", "button button-small", label);
    button.type = "button";
    button.addEventListener("click", () => {
      button.disabled = true;
      action();
    });
    parent.append(button);
  }

  toEnd() {
    this.end.toEnd();
  }

  /** Whoever reads further up goes on reading, unless it is what they wrote themselves. */
  #append(node, isOwn = false) {
    this.log.append(node);
    if (isOwn || this.end.isFollowing) this.toEnd();
  }

  #dropOffers() {
    this.log.querySelector(".offers")?.remove();
  }
}

export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
