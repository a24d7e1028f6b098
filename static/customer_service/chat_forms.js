import { newKey } from "./visitor_api.js";

/** What is asked of a visitor besides messages: a rating, and how to be reached while nobody is here. */
export class Forms {
  constructor(page) {
    Object.assign(this, page);
    this.rating = document.getElementById("rating");
    this.contact = document.getElementById("contact");
    this.rating.addEventListener("submit", (event) => this.#rate(event));
    this.rating.addEventListener("change", (event) => event.target.name === "score" && this.#rate(event));
    this.contact.addEventListener("submit", (event) => this.#leave(event));
  }

  /** `is_first`: nothing was said yet, so the message itself belongs into the form. */
  draw(standing) {
    const shown = this.#shown;
    this.#show(standing);
    if (this.#shown > shown) this.log.toEnd();
  }

  get #shown() {
    return Number(!this.rating.hidden) + Number(!this.contact.hidden);
  }

  #show({ asks_for_rating: isAsked, rating: given, wants_address: isWanted, is_first: isFirst }) {
    if (this.rating.hidden && isAsked) {
      this.rating.reset();
      if (given) this.rating.elements.score.value = given.score;
      this.rating.elements.comment.value = given?.comment ?? "";
    }
    this.rating.hidden = !isAsked;
    this.contact.hidden = !(isWanted || isFirst);
    const { text } = this.contact.elements;
    text.closest("label").hidden = text.disabled = !isFirst;
    this.composer.hidden = Boolean(isFirst);
  }

  async #rate(event) {
    event.preventDefault();
    const { score, comment } = Object.fromEntries(new FormData(this.rating));
    if (score) await this.#send(() => this.api.post("rating/", { score: Number(score), comment }), this.words.thanks);
  }

  async #leave(event) {
    event.preventDefault();
    const { name, email, text } = Object.fromEntries(new FormData(this.contact));
    const { api } = this;
    // Sent again after a lost answer it is the same message.
    if (text !== this.first?.text) this.first = { text, key: newKey() };
    const { key } = this.first;
    const send = () => (api.session ? api.post("contact/", { name, email }) : api.start({ message: text, visitor_name: name, email }, key));
    await this.#send(send, this.words.noted);
  }

  async #send(send, thanks) {
    try {
      await send();
      this.first = null;
      await this.refresh();
      this.standing.textContent = thanks;
    } catch (error) {
      if (error.status === undefined) throw error;
      this.standing.textContent = error.status === 429 ? this.words.too_fast : this.words.not_now;
    }
  }
}
