import { forgetDraft, notice, restore, startComposer } from "./composer.js";
import { followAnswer, isAtEnd, openSource, showEnd, startAtEnd, watchEnd } from "./conversation.js";
import { followFeed } from "../jobs/live_feed.js";
import { refreshed } from "../portal/refreshed.js";
import { enter, showPeople, startPresence } from "./presence.js";

const EXPLAINED = new Set([400, 409]);

const desk = document.querySelector("[data-desk]");
const current = () => document.querySelector("#pane[data-conversation]")?.dataset.conversation;

const refreshRows = refreshed("conversation-rows");
const refreshConversation = refreshed("live");

function hear(type, body) {
  if (type === "presence") {
    showPeople(body.conversation, body.people);
    return;
  }
  refreshRows();
  if (type === "gap" || body.conversation === current()) refreshConversation();
}

/** j and k go through the rows; Enter, which links have anyway, opens. */
function move(step) {
  const rows = [...document.querySelectorAll(".desk-row")];
  const at = rows.findIndex((row) => row === document.activeElement);
  const from = at >= 0 ? at : rows.findIndex((row) => row.hasAttribute("aria-current"));
  const to = from < 0 ? 0 : Math.min(Math.max(from + step, 0), rows.length - 1);
  rows[to]?.focus();
  rows[to]?.scrollIntoView({ block: "nearest" });
}

function markCurrent() {
  for (const row of document.querySelectorAll(".desk-row")) {
    const isCurrent = row.dataset.conversation === current();
    row.toggleAttribute("aria-current", isCurrent);
    if (isCurrent) row.setAttribute("aria-current", "page");
  }
}

function begin() {
  followAnswer(refreshConversation);
  markCurrent();
  startAtEnd();
}

let wasAtEnd = true;
let openSources = [];

document.addEventListener("click", openSource);
document.addEventListener("click", (event) => {
  const mover = event.target.closest("[data-move]");
  if (mover) move(Number(mover.dataset.move));
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  wasAtEnd = isAtEnd();
  openSources = [...document.querySelectorAll("#side details[open][id]")].map((source) => source.id);
  if (detail.target.id !== "pane") return;
  // A refusal comes as the page that explains it, with the text kept.
  if (EXPLAINED.has(detail.xhr.status)) {
    detail.shouldSwap = true;
    detail.isError = false;
  } else if (detail.requestConfig.elt.matches("[data-composer]") && detail.xhr.status < 400) {
    forgetDraft();
  }
});
// Whoever types beside the conversation goes on typing.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  if (event.detail.target.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) {
    event.detail.shouldSwap = false;
  }
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const { id } = detail.target;
  if (id === "pane") {
    restore();
    enter();
    begin();
    if (detail.requestConfig.elt.matches("[data-composer]")) document.getElementById("reply")?.focus();
  } else if (id === "live") {
    followAnswer(refreshConversation);
    watchEnd();
    notice(document.getElementById("live").dataset.seen);
    if (wasAtEnd) showEnd();
    for (const source of openSources) document.getElementById(source)?.setAttribute("open", "");
  } else if (id === "conversation-rows") {
    markCurrent();
  }
});

startComposer();
startPresence();
begin();
followFeed(desk.dataset.live, { name: `desk ${desk.dataset.member}`, types: ["moved", "presence"], hear });
