import { followEvents } from "../jobs/event_stream.js";
import { ask } from "../portal/confirm.js";

const page = document.querySelector("[data-unsaved]");
let lastField = null;

/** What needs this script appears with it: bars that insert names, buttons for more rows; and the line of a problem. */
function start(root) {
  for (const element of root.querySelectorAll("[data-insert-bar], [data-add-row]")) element.hidden = false;
  for (const bar of root.querySelectorAll("[data-insert-bar]")) offer(bar);
  const line = Number(new URLSearchParams(location.search).get("line"));
  const file = document.getElementById("id_text");
  if (line && file?.classList.contains("mono")) goToLine(file, line);
}

function goToLine(file, line) {
  const lines = file.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  file.focus();
  file.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  file.scrollTop = ((line - 5) * file.scrollHeight) / lines.length;
}

/** Which comparisons fit the chosen name, and what it can be compared with. */
function offer(bar) {
  const comparison = bar.querySelector("[data-comparison]");
  if (!comparison) return;
  const { type, options } = bar.querySelector("select").selectedOptions[0].dataset;
  for (const each of comparison.options) each.hidden = each.disabled = !each.dataset.types.split(" ").includes(type);
  if (comparison.selectedOptions[0]?.disabled) comparison.value = [...comparison.options].find((each) => !each.disabled)?.value;
  bar.querySelector("[data-value]").hidden = !comparison.value.includes("{value}");
  bar.querySelector("datalist").replaceChildren(
    ...options.split("|").filter(Boolean).map((value) => Object.assign(document.createElement("option"), { value })),
  );
}

function condition(bar, { value: name, dataset }) {
  const typed = bar.querySelector("[data-value]").value;
  const value = dataset.type === "number" ? String(Number(typed) || 0) : JSON.stringify(typed);
  return bar.querySelector("[data-comparison]").value.replace("{name}", name).replace("{value}", () => value);
}

function insert(bar) {
  const box = bar.closest(".field");
  const field = box.contains(lastField) ? lastField : box.querySelector("[data-names]");
  const chosen = bar.querySelector("select").selectedOptions[0];
  const isCondition = /(^|\.)when$/.test(field.name);
  const text = isCondition
    ? condition(bar, chosen)
    : field.dataset.names === "text" ? chosen.dataset.inText : `{{ ${chosen.value} }}`;
  const joined = isCondition && field.value.trim() ? ` and ${text}` : text;
  const place = isCondition ? field.value.length : field.selectionStart;
  field.setRangeText(joined, place, isCondition ? place : field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

function addRow(rows) {
  const row = rows.lastElementChild.cloneNode(true);
  for (const input of row.querySelectorAll("input")) input.value = "";
  rows.append(row);
  row.querySelector("input").focus();
}

document.addEventListener("focusin", ({ target }) => {
  if (target.matches("[data-names]")) lastField = target;
});
document.addEventListener("change", ({ target }) => {
  const bar = target.closest("[data-insert-bar]");
  if (bar) offer(bar);
});
document.addEventListener("input", ({ target }) => {
  const form = target.closest("[data-part-form]");
  if (form && !target.closest("[data-insert-bar]")) form.dataset.typed = "yes";
});
document.addEventListener("click", ({ target }) => {
  const bar = target.closest("[data-insert]")?.closest("[data-insert-bar]");
  if (bar) insert(bar);
  if (target.closest("[data-add-row]")) addRow(target.closest(".field").querySelector("[data-rows]"));
});
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-part-form]");
  if (!form || event.isComposing) return;
  if (event.key === "Escape") form.querySelector("[data-cancel]").click();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
// What was typed into an open form is not lost by pressing something else.
document.addEventListener("htmx:confirm", (event) => {
  const form = document.querySelector("[data-part-form][data-typed]");
  if (!form || form === event.target || !page.contains(event.target)) return;
  event.preventDefault();
  ask(`${page.dataset.unsaved}\n${page.dataset.lost}`).then((isAgreed) => isAgreed && event.detail.issueRequest(true));
});
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("[data-part-form][data-typed]")) event.preventDefault();
});
const live = document.querySelector("[data-events]");
const reload = () => location.reload();
if (live) followEvents(live.dataset.events, { done: reload, error: reload, cancelled: reload, refused: reload });

document.addEventListener("htmx:afterSettle", () => start(document));
start(document);
