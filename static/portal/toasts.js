const SHOWN_MILLISECONDS = 5000;

/** A short message in the corner; tone: "good", "bad", "warn" or "live". */
export function toast(text, tone = "live") {
  const element = document.createElement("div");
  element.className = `notice notice-${tone} toast`;
  element.setAttribute("role", tone === "bad" ? "alert" : "status");
  element.textContent = text;
  document.getElementById("toasts").append(element);
  setTimeout(() => element.remove(), tone === "bad" ? 2 * SHOWN_MILLISECONDS : SHOWN_MILLISECONDS);
}

/** Failed htmx requests say so; the server's own words come in the X-Error-Message header. */
export function startToasts() {
  const fallback = () => document.getElementById("toasts").dataset.failed;
  document.addEventListener("htmx:responseError", (event) => {
    const words = event.detail.xhr.getResponseHeader("X-Error-Message");
    toast(words ? decodeURIComponent(words) : fallback(), "bad");
  });
  document.addEventListener("htmx:sendError", () => toast(fallback(), "bad"));
  document.addEventListener("htmx:timeout", () => toast(fallback(), "bad"));
}
