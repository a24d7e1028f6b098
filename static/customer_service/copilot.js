import { followEvents } from "../jobs/event_stream.js";

// The panel comes and goes with the conversation that is shown, so it is looked for each time.
const panel = () => document.getElementById("copilot-panel");
const composer = () => document.querySelector("[data-composer] textarea");
let stream = null;

function close() {
  stream?.close();
  stream = null;
}

/** What the model writes appears as it comes; when it ends, the server draws the panel with sources and warnings. */
function follow() {
  close();
  const writing = panel()?.querySelector("[data-copilot][data-events]");
  if (!writing) return;
  const text = writing.querySelector("[data-text]");
  const stage = writing.querySelector("[data-stage]");
  const end = () => draw(writing);
  stream = followEvents(writing.dataset.events, {
    stage: ({ stage: name }) => (stage.textContent = writing.dataset[name] ?? stage.textContent),
    waiting: () => (stage.textContent = writing.dataset.waiting),
    delta: ({ text: piece }) => text.append(piece),
    restart: () => text.replaceChildren(),
    done: end,
    error: end,
    cancelled: end,
    refused: end,
  });
}

async function draw(writing) {
  if (!writing.isConnected) return;
  const hadFocus = panel().contains(document.activeElement);
  await window.htmx.ajax("GET", writing.dataset.result, { target: panel(), swap: "innerHTML" });
  if (hadFocus) panel()?.querySelector("button, a")?.focus();
}

/** Into the composer, where staff read it again and send it themselves. */
function use(way) {
  const field = composer();
  const text = panel().querySelector("[data-plain]").dataset.plain;
  if (way === "replace") field.value = text;
  else field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  discard();
}

function discard() {
  close();
  panel().replaceChildren();
  composer()?.focus();
}

/** A mark in the text opens its source below. */
function openSource(link) {
  const source = document.getElementById(link.hash.slice(1));
  if (source) source.open = true;
}

document.addEventListener("click", ({ target }) => {
  if (!target.closest("#copilot-panel")) return;
  const button = target.closest("[data-copilot-use]");
  const link = target.closest('a.citation[href^="#copilot-source-"]');
  if (button) use(button.dataset.copilotUse);
  else if (target.closest("[data-copilot-discard]")) discard();
  else if (link) openSource(link);
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id === "copilot-panel") follow();
  else if (!panel()?.hasChildNodes()) close();
});
