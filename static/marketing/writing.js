import { followEvents } from "../jobs/event_stream.js";

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
      card = newCard(names[channel] ?? channel);
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

function newCard(channel) {
  const element = document.createElement("article");
  element.className = "card stack stack-tight";
  const head = document.createElement("p");
  head.className = "row small";
  const name = document.createElement("strong");
  name.textContent = channel;
  const state = document.createElement("span");
  state.className = "faint";
  state.textContent = live.dataset.waiting;
  head.append(name, state);
  const text = document.createElement("p");
  text.className = "marketing-text";
  text.dir = "auto";
  element.append(head, text);
  return { element, text, state };
}

if (live) follow();
