import { followEvents } from "../jobs/event_stream.js";
import { textCard } from "./text_card.js";

const live = document.querySelector("[data-events]");

/** Openings appear as they are written, shots when each is done; then the server draws all of it with what the checks said. */
function follow() {
  const hooks = live.querySelector("[data-hooks]");
  const shots = live.querySelector("[data-shots]");
  const shotsState = live.querySelector("[data-shots-state]");
  const bar = live.querySelector("[data-progress]");
  const angles = JSON.parse(document.getElementById("hook-angles").textContent);
  const end = () => location.reload();
  let card = null;
  followEvents(live.dataset.events, {
    progress: ({ done, total }) => {
      bar.max = Math.max(total, 1);
      bar.value = done;
    },
    hook: ({ angle }) => {
      card = textCard(angles[angle] ?? angle, live.dataset.waiting);
      hooks.append(card.element);
    },
    delta: ({ text }) => {
      if (!card) return;
      card.state.textContent = "";
      card.text.append(text);
    },
    repair: () => {
      if (!card) {
        shotsState.textContent = live.dataset.repairing;
        return;
      }
      card.state.textContent = live.dataset.repairing;
      card.text.replaceChildren();
    },
    verdict: ({ status }) => {
      card.state.textContent = status === "dropped" ? live.dataset.dropped : live.dataset.ready;
    },
    shots: () => {
      card = null;
      shots.replaceChildren();
      shotsState.textContent = live.dataset.waiting;
    },
    shot: (shot) => {
      shotsState.textContent = "";
      shots.append(newRow(shot));
    },
    restart: () => {
      hooks.replaceChildren();
      shots.replaceChildren();
    },
    done: end,
    error: end,
    cancelled: end,
    refused: end,
  });
}

function newRow(shot) {
  const row = document.createElement("tr");
  for (const part of ["seconds", "picture", "voice_over", "on_screen"]) {
    const cell = document.createElement("td");
    cell.dir = "auto";
    cell.textContent = shot[part];
    row.append(cell);
  }
  return row;
}

if (live) follow();
