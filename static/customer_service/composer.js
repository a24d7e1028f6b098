import { stopWriting } from "./presence.js";

const TYPING_PAUSE_MILLISECONDS = 120;
const SLASHED = /(^|\s)\/([^\s/]*)$/u;

let replies = [];
let chosen = 0;
let typing = 0;
let asking = null;

const box = () => document.getElementById("reply");
const list = () => document.getElementById("canned");
const draftKey = (element) => `draft ${element.form.action.split("?")[0]}`;
// A note for colleagues must not come back as a reply, which the next Enter would send to the visitor.
const kindKey = (element) => `kind of ${draftKey(element)}`;

/** What staff write in: canned replies after a slash, notes, drafts that outlive a reload. */
export function startComposer() {
  document.addEventListener("input", (event) => {
    if (event.target !== box()) return;
    keepDraft();
    clearTimeout(typing);
    typing = setTimeout(offer, TYPING_PAUSE_MILLISECONDS);
  });
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    if (event.target.matches("[data-composer] [name=kind]")) {
      keepDraft();
      showKind({ focus: true });
    }
    const option = event.target.closest("#canned [role=option]");
    if (option) insert(Number(option.dataset.number));
    else if (!event.target.closest("[data-composer]")) close();
  });
  restore();
}

/** A new composer was drawn. */
export function restore() {
  const element = box();
  if (!element) return;
  if (!element.value) {
    element.value = sessionStorage.getItem(draftKey(element)) ?? "";
    if (element.value) element.form.elements.kind.value = sessionStorage.getItem(kindKey(element)) ?? "reply";
  }
  showKind({ focus: false });
}

function keepDraft() {
  sessionStorage.setItem(draftKey(box()), box().value);
  sessionStorage.setItem(kindKey(box()), box().form.elements.kind.value);
}

/** What was sent is no draft any more. */
export function forgetDraft() {
  if (box()) {
    sessionStorage.removeItem(draftKey(box()));
    sessionStorage.removeItem(kindKey(box()));
  }
  stopWriting();
}

/** Who has not begun to write has seen what the page shows. */
export function notice(seen) {
  const token = document.querySelector("[data-composer] [data-seen]");
  if (token && !box()?.value.trim()) token.value = seen;
}

function showKind({ focus }) {
  const element = box();
  element.dataset.replyPlaceholder ??= element.placeholder;
  const isNote = element.form.elements.kind.value === "note";
  element.placeholder = isNote ? element.dataset.notePlaceholder : element.dataset.replyPlaceholder;
  if (focus) element.focus();
}

function onKey(event) {
  if (event.target !== box() || event.isComposing) return;
  if (!list().hidden && replies.length) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      choose((chosen + step + replies.length) % replies.length);
      return;
    }
    if (event.key === "Enter" || event.key === "Tab") {
      event.preventDefault();
      insert(chosen);
      return;
    }
  }
  if (event.key === "Escape") {
    if (list().hidden) box().blur();
    close();
  } else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    box().form.requestSubmit();
  }
}

async function offer() {
  const query = slashed();
  if (query === null) return close();
  asking?.abort();
  asking = new AbortController();
  const url = new URL(box().form.dataset.offers, location.href);
  url.searchParams.set("query", query);
  try {
    const answer = await fetch(url, { signal: asking.signal, headers: { Accept: "application/json" } });
    if (!answer.ok || slashed() === null) return close();
    replies = (await answer.json()).replies;
    draw();
  } catch (error) {
    if (error.name !== "AbortError") console.warn("no canned replies:", error);
  }
}

/** What stands after the slash before the caret; null where there is none. */
function slashed() {
  const element = box();
  if (!element || element.form.elements.kind.value === "note") return null;
  return SLASHED.exec(element.value.slice(0, element.selectionStart))?.[2] ?? null;
}

function draw() {
  const options = replies.map(({ shortcut, text }, number) => {
    const option = document.createElement("li");
    option.id = `canned-${number}`;
    option.dataset.number = number;
    option.setAttribute("role", "option");
    const name = document.createElement("span");
    name.className = "mono";
    name.textContent = `/${shortcut}`;
    const words = document.createElement("span");
    words.className = "truncate";
    words.textContent = text;
    option.append(name, words);
    return option;
  });
  if (!options.length) {
    const none = document.createElement("li");
    none.className = "faint small";
    none.textContent = list().dataset.empty;
    options.push(none);
  }
  list().replaceChildren(...options);
  list().hidden = false;
  if (replies.length) choose(0);
}

function choose(number) {
  chosen = number;
  for (const option of list().querySelectorAll("[role=option]")) {
    const isChosen = Number(option.dataset.number) === number;
    option.setAttribute("aria-selected", String(isChosen));
    if (isChosen) option.scrollIntoView({ block: "nearest" });
  }
  box().setAttribute("aria-activedescendant", `canned-${number}`);
}

function insert(number) {
  const element = box();
  const caret = element.selectionStart;
  const start = caret - (slashed() ?? "").length - 1;
  element.setRangeText(replies[number].text, start, caret, "end");
  close();
  element.focus();
  element.dispatchEvent(new Event("input", { bubbles: true }));
}

function close() {
  clearTimeout(typing);
  asking?.abort();
  replies = [];
  if (!list()) return;
  list().hidden = true;
  box().removeAttribute("aria-activedescendant");
}
