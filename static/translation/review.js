import { followEvents } from "../jobs/event_stream.js";

const live = document.querySelector("[data-events]");
let wanted = null;

/** What the model writes appears as it comes; when it ends, the server draws the segments with their marks. The texts of a
 * document that was still to be read are drawn once they are there. */
function follow() {
  const text = live.querySelector("[data-text]");
  const bar = live.querySelector("[data-progress]");
  const stage = live.querySelector("[data-stage]");
  const end = () => location.reload();
  followEvents(live.dataset.events, {
    stage: ({ stage: name }) => {
      stage.textContent = live.dataset[name] ?? "";
      if (name === "translating" && "unread" in live.dataset) end();
    },
    progress: ({ done, total }) => {
      bar.max = Math.max(total, 1);
      bar.value = done;
    },
    delta: ({ text: piece }) => text.append(piece),
    restart: () => text.replaceChildren(),
    done: end,
    error: end,
    cancelled: end,
    refused: end,
  });
}

function next(form) {
  const forms = [...document.querySelectorAll("[data-segment]")];
  return forms[forms.indexOf(form) + 1];
}

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-segment]");
  if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  wanted = next(form)?.id;
  form.requestSubmit();
});

document.addEventListener("click", ({ target }) => {
  const form = target.closest("[data-use-near]")?.closest("[data-segment]");
  if (!form) return;
  form.elements.target.value = form.querySelector("[data-near]").textContent;
  form.elements.target.focus();
});

/** Once it is stored: a segment that was refused keeps the focus, with what is wrong beside it. */
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (!wanted || detail.elt.querySelector("[role=alert]")) return;
  document.getElementById(wanted)?.elements.target.focus();
  wanted = null;
});

if (live) follow();
