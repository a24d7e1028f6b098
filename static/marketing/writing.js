import { followEvents } from "../jobs/event_stream.js";
import { textCard } from "./text_card.js";

const live = document.querySelector("[data-events]");
let card = null;

/** Each variant appears as it is written; when all are done the server draws them with what the checks said. */
function follow() {
  const list = live.querySelector("[data-variants]");
  const bar = live.querySelector("[data-progress]");
  const names = JSON.parse(document.getElementById("channel-names").textContent);
  const end = () => location.reload();
  followEvents(live.dataset.events, {
    progress: ({ done, total }) => {
      bar.max = Math.max(total, 1);
      bar.value = done;
    },
    variant: ({ channel }) => {
      card = textCard(names[channel] ?? channel, live.dataset.waiting);
      list.append(card.element);
    },
    delta: ({ text }) => {
      card.state.textContent = "";
      card.text.append(text);
    },
    repair: () => {
      card.state.textContent = live.dataset.repairing;
      card.text.replaceChildren();
    },
    verdict: ({ status }) => {
      card.state.textContent = status === "dropped" ? live.dataset.dropped : live.dataset.draft;
    },
    restart: () => list.replaceChildren(),
    done: end,
    error: end,
    cancelled: end,
    refused: end,
  });
}

if (live) follow();
