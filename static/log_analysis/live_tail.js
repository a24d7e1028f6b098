// More than anybody reads, and few enough for a slow browser.
const MAX_LINES = 1_000;

const button = document.querySelector("[data-pause]");
const isPaused = () => button.getAttribute("aria-pressed") === "true";

button?.addEventListener("click", () => button.setAttribute("aria-pressed", String(!isPaused())));

document.body.addEventListener("htmx:beforeRequest", (event) => {
  const isPoll = event.target.id === "log-poll";
  // What came meanwhile is fetched when somebody looks again.
  if (isPoll && (isPaused() || document.hidden)) event.preventDefault();
});

document.body.addEventListener("htmx:afterSettle", () => {
  const lines = document.getElementById("log-live");
  while (lines && lines.childElementCount > MAX_LINES) lines.lastElementChild.remove();
});
