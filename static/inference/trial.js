import { followEvents } from "../jobs/event_stream.js";

const followed = new WeakSet();

/** Answers appear as they are written, with their figures once they are whole. */
function follow(trial) {
  followed.add(trial);
  const find = (name) => trial.querySelector(`[data-${name}]`);
  const text = find("text");
  const thoughts = find("thoughts");
  const close = (message) => {
    text.removeAttribute("aria-busy");
    find("stop")?.remove();
    find("status").textContent = message;
  };
  const end = (message) => {
    close(message);
    trial.dispatchEvent(new CustomEvent("trial-end", { bubbles: true, detail: { text: text.textContent } }));
  };
  followEvents(trial.dataset.events, {
    waiting: () => (find("status").textContent = trial.dataset.waiting),
    thinking: ({ text: piece }) => {
      thoughts.hidden = false;
      thoughts.lastElementChild.append(piece);
      find("status").textContent = trial.dataset.thinking;
    },
    delta: ({ text: piece }) => {
      text.append(piece);
      find("status").textContent = "";
    },
    restart: () => text.replaceChildren(),
    done: ({ result }) => {
      showFigures(find("figures"), result);
      end("");
    },
    error: async ({ message }) => end((await errorOf(trial.dataset.job)) || message),
    cancelled: () => end(trial.dataset.stopped),
    // Nothing has ended: who listens for an end would ask for the same stream again.
    refused: () => close(trial.dataset.lost),
  });
}

/** In the reader's language: the stream repeats what a worker said in that of the installation. */
async function errorOf(job) {
  const answer = await fetch(job).catch(() => null);
  return answer?.ok ? (await answer.json()).error?.message : "";
}

function showFigures(list, result) {
  for (const figure of list.querySelectorAll("[data-figure]")) {
    const value = result[figure.dataset.figure];
    figure.hidden = value === undefined || value === null || value === "";
    figure.querySelector("b").textContent = value;
  }
  list.hidden = false;
}

function followNew() {
  for (const trial of document.querySelectorAll("[data-trial][data-events]")) if (!followed.has(trial)) follow(trial);
}

document.addEventListener("htmx:afterSwap", followNew);
followNew();
