import { followEvents } from "../jobs/event_stream.js";
import { followFeed } from "../jobs/live_feed.js";
import { onDrop } from "../portal/dropzone.js";
import { refreshed } from "../portal/refreshed.js";

const redraw = refreshed("thread");
const desk = document.querySelector("[data-assistant]");
const composer = document.querySelector("[data-composer]");
const box = composer?.elements.text;
let stream = null;

const thread = () => document.getElementById("thread");
const isAtEnd = () => innerHeight + scrollY > document.documentElement.scrollHeight - 160;
// What closes at Escape by itself.
const IS_OPEN_ABOVE = ":is(dialog[open], details.menu[open], #sidebar[data-open], :popover-open)";
const toEnd = () => scrollTo({ top: document.documentElement.scrollHeight });

/** The answer that is being written grows in its bubble, from its beginning however late one looks. */
function followAnswer() {
  stream?.close();
  stream = null;
  const answer = thread()?.querySelector("[data-answer]");
  if (!answer) return;
  const text = answer.querySelector("[data-text]");
  const stage = answer.querySelector("[data-stage]");
  const show = (name) => (stage.textContent = answer.getAttribute(`data-stage-${name}`) ?? "");
  stream = followEvents(answer.dataset.answer, {
    stage: ({ stage: name }) => show(name),
    waiting: () => show("waiting"),
    delta: ({ text: piece }) => {
      const follows = isAtEnd();
      stage.textContent = "";
      text.append(piece);
      if (follows) toEnd();
    },
    restart: () => text.replaceChildren(),
    done: redraw,
    error: redraw,
    cancelled: redraw,
  });
}

/** Where the next question goes: below the last message that is shown. */
function nameParent() {
  if (composer && composer.querySelector("[data-editing]").hidden) composer.elements.parent.value = thread()?.dataset.leaf ?? "";
}

function edit(button) {
  composer.elements.parent.value = button.dataset.edit;
  composer.querySelector("[data-editing]").hidden = false;
  box.value = button.closest(".message").querySelector("[data-message-text]").textContent;
  box.focus();
}

function stopEditing() {
  composer.querySelector("[data-editing]").hidden = true;
  box.value = "";
  nameParent();
  box.focus();
}

function onKey(event) {
  if (event.isComposing) return;
  if (event.key === "Escape") {
    if (document.querySelector(IS_OPEN_ABOVE)) return;
    const stop = thread()?.querySelector("[data-stop]");
    if (stop) stop.requestSubmit();
    else if (!composer.querySelector("[data-editing]").hidden) stopEditing();
  } else if (event.target === box && event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    composer.requestSubmit();
  } else if (event.target === box && event.key === "ArrowUp" && !box.value) {
    const last = [...(thread()?.querySelectorAll("[data-edit]") ?? [])].at(-1);
    if (last) edit(last);
  }
}

/** What was typed and not sent, or was refused, outlives the page that it was typed in. */
function restoreDraft() {
  const sent = [...(thread()?.querySelectorAll(".message-own [data-message-text]") ?? [])].at(-1)?.textContent.trim();
  for (const key of Object.keys(sessionStorage).filter((each) => each.startsWith("question "))) {
    if (sessionStorage.getItem(key).trim() === sent) sessionStorage.removeItem(key);
  }
  box.value = sessionStorage.getItem(`question ${composer.action}`) ?? "";
}

function setFiles(files) {
  const chosen = new DataTransfer();
  for (const file of files) chosen.items.add(file);
  composer.elements.files.files = chosen.files;
  listFiles();
}

/** What goes with the question, each with a button that takes it out again. */
function listFiles() {
  const list = composer.querySelector("[data-files]");
  const files = [...composer.elements.files.files];
  const items = files.map((file) => {
    const [item, name, button] = ["li", "span", "button"].map((tag) => document.createElement(tag));
    item.className = "row";
    name.textContent = file.name;
    Object.assign(button, { type: "button", className: "button button-small button-quiet", textContent: list.dataset.remove });
    button.setAttribute("aria-label", `${list.dataset.remove} ${file.name}`);
    button.addEventListener("click", () => setFiles(files.filter((each) => each !== file)));
    item.append(name, button);
    return item;
  });
  list.replaceChildren(...items);
  list.hidden = !items.length;
}

function onClick(event) {
  const button = event.target.closest("[data-edit]");
  if (button) edit(button);
  if (event.target.closest("[data-stop-editing]")) stopEditing();
  const link = event.target.closest('a.citation[href^="#source-"]');
  if (link) document.getElementById(link.hash.slice(1))?.setAttribute("open", "");
}

document.addEventListener("click", onClick);
if (composer) {
  // Before what is open above it has closed.
  document.addEventListener("keydown", onKey, { capture: true });
  composer.elements.files.addEventListener("change", listFiles);
  onDrop(composer, (files) => setFiles([...composer.elements.files.files, ...files]));
  box.addEventListener("input", () => sessionStorage.setItem(`question ${composer.action}`, box.value));
  restoreDraft();
  box.focus({ preventScroll: true });
}
document.addEventListener("htmx:afterSettle", () => {
  followAnswer();
  nameParent();
});
followAnswer();
nameParent();
if (thread()?.dataset.chat && !location.search) toEnd();
if (desk) {
  followFeed(desk.dataset.live, {
    name: "assistant",
    types: ["moved"],
    hear: (type, { chat }) => {
      if (type === "gap" ? thread()?.querySelector("[data-answer]") : chat === thread()?.dataset.chat) redraw();
    },
  });
}
