import { openDialog } from "./menus.js";

const SEQUENCE_MILLISECONDS = 1200;
let prefix = "";
let prefixAt = 0;

const isTyping = (element) => element.closest?.("input, textarea, select, [contenteditable]") != null;

/** `?` help, `/` search (the finder where the page has none), and sequences such as `g j` for elements with data-shortcut="g j". */
export function startShortcuts() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "?") return openDialog("shortcuts");
    if (event.key === "/") return focusSearch(event);
    followSequence(event);
  });
}

function focusSearch(event) {
  const search = document.querySelector("main input[type=search]");
  event.preventDefault();
  if (!search) return openDialog("finder");
  search.focus();
  search.select();
}

function followSequence(event) {
  const isSecond = prefix && event.timeStamp - prefixAt < SEQUENCE_MILLISECONDS;
  const target = (isSecond && targetOf(`${prefix} ${event.key}`)) || targetOf(event.key);
  prefix = target ? "" : event.key;
  prefixAt = event.timeStamp;
  if (!target) return;
  event.preventDefault();
  target.click();
}

const targetOf = (keys) => document.querySelector(`[data-shortcut="${CSS.escape(keys)}"]`);
