/** The page inside a shop's page. Who may be that page is decided by `frame-ancestors`, so it may hear these few words. */
export class Frame {
  constructor({ onShown }) {
    const asked = new URLSearchParams(location.search);
    this.isEmbedded = asked.has("embedded") && parent !== window;
    this.identity = new URLSearchParams(location.hash.slice(1)).get("identity") ?? "";
    this.unread = 0;
    this.hasBegun = false;
    this.isShown = !this.isEmbedded;
    if (asked.has("accent")) import("./chat_accent.js").then(({ paint }) => paint(asked.get("accent")));
    if (!this.isEmbedded) return;
    addEventListener("message", ({ source, data }) => {
      if (source !== parent || data?.type !== "kongming:shown") return;
      this.isShown = data.isShown;
      if (!this.isShown) return;
      this.#tell(0);
      onShown();
    });
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) this.#send("kongming:close");
    });
    document.getElementById("close").addEventListener("click", () => this.#send("kongming:close"));
  }

  /** What was there before the page was loaded is not new. */
  begin() {
    this.hasBegun = true;
    if (this.isEmbedded) this.#send("kongming:ready");
  }

  count() {
    if (this.hasBegun && !this.isShown) this.#tell(this.unread + 1);
  }

  #tell(count) {
    this.unread = count;
    this.#send("kongming:unread", { count });
  }

  #send(type, more = {}) {
    parent.postMessage({ type, ...more }, "*");
  }
}
