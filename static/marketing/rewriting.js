import { followEvents } from "../jobs/event_stream.js";

const form = document.querySelector("[data-rewrite]");

/** The passage that is selected in a text goes into the form below it. */
document.addEventListener("select", ({ target }) => {
  if (!form || !target.matches?.("[data-copy-text]")) return;
  const { selectionStart: start, selectionEnd: end, value } = target;
  if (end <= start) return;
  const inputs = form.elements;
  inputs.field.value = target.dataset.copyText;
  // Counted as the server does: in code points.
  inputs.start.value = [...value.slice(0, start)].length;
  inputs.end.value = [...value.slice(0, end)].length;
  form.querySelector("[data-passage]").textContent = value.slice(start, end);
  form.hidden = false;
});

for (const live of document.querySelectorAll("[data-events]")) {
  const end = () => location.reload();
  followEvents(live.dataset.events, {
    delta: ({ text }) => live.append(text),
    restart: () => live.replaceChildren(),
    done: end,
    error: end,
    cancelled: end,
    refused: end,
  });
}
