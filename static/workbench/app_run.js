import { followEvents } from "../jobs/event_stream.js";

const live = document.querySelector("[data-events]");

/** The step under way is marked and its text appears as it comes; when the run ends, the server draws what came out. */
function follow() {
  const state = live.querySelector("[role=status]");
  const text = live.querySelector("[data-text]");
  const bar = live.querySelector("[data-progress]");
  const end = () => location.reload();
  const begin = ({ stage }) => {
    for (const step of document.querySelectorAll("[data-step]")) {
      if (step.dataset.step === stage) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    }
    text.replaceChildren();
    text.hidden = true;
  };
  followEvents(live.dataset.events, {
    queued: ({ ahead }) => {
      if (ahead) state.textContent = live.dataset.queued.replace("{count}", ahead);
    },
    stage: (event) => {
      state.textContent = live.dataset.running;
      begin(event);
    },
    progress: ({ done, total }) => {
      bar.max = Math.max(total, 1);
      bar.value = done;
    },
    delta: ({ text: piece }) => {
      text.hidden = false;
      text.append(piece);
    },
    restart: () => text.replaceChildren(),
    done: end,
    error: end,
    cancelled: end,
    refused: end,
  });
}

/** Somebody else may decide where the run waits, also while there was no connection: the server says whether it goes on. */
function followDecision(waiting) {
  const tell = () => waiting.dispatchEvent(new CustomEvent("moved"));
  followEvents(waiting.dataset.moves, { moved: tell, gap: tell, back: tell });
}

if (live) follow();
const waiting = document.querySelector("[data-moves]");
if (waiting) followDecision(waiting);
