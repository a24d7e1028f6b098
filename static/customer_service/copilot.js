import { followJob } from "../jobs/follow.js";

const panel = document.getElementById("copilot-panel");
let stream = null;

/** What the model writes appears as it comes; when it ends, the server draws the panel with sources and warnings. */
function follow() {
  stream?.close();
  stream = null;
  const writing = panel.querySelector("[data-copilot][data-events]");
  if (!writing) return;
  const text = writing.querySelector("[data-text]");
  const stage = writing.querySelector("[data-stage]");
  const draw = () => {
    const hadFocus = panel.contains(document.activeElement);
    window.htmx
      .ajax("GET", writing.dataset.result, { target: panel, swap: "innerHTML" })
      .then(() => hadFocus && panel.querySelector("button, a")?.focus());
  };
  stream = followJob(writing.dataset.events, {
    stage: ({ stage: name }) => (stage.textContent = writing.dataset[name] ?? stage.textContent),
    waiting: () => (stage.textContent = writing.dataset.waiting),
    delta: ({ text: piece }) => text.append(piece),
    restart: () => text.replaceChildren(),
    done: draw,
    error: draw,
    cancelled: draw,
    refused: draw,
  });
}

function composer() {
  return document.querySelector("[data-composer] textarea");
}

/** Into the composer, where staff read it again and send it themselves. */
function use(way) {
  const field = composer();
  const text = panel.querySelector("[data-plain]").dataset.plain;
  if (way === "replace") field.value = text;
  else field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  discard();
}

function discard() {
  stream?.close();
  stream = null;
  panel.replaceChildren();
  composer()?.focus();
}

/** A mark in the text opens its source below. */
function openSource(event) {
  const link = event.target.closest('a.citation[href^="#copilot-source-"]');
  const source = link && document.getElementById(link.hash.slice(1));
  if (source) source.open = true;
}

panel.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copilot-use]");
  if (button) use(button.dataset.copilotUse);
  else if (event.target.closest("[data-copilot-discard]")) discard();
  else openSource(event);
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target === panel) follow();
});
