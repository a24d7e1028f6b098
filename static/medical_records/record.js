import { followDraft } from "./drafting.js";
import { startEditing } from "./editing.js";
import { startPlaces } from "./places.js";
import { startSound } from "./sound.js";
import { startStatements } from "./statements.js";

const desk = document.querySelector("[data-record]");
const tabs = [...document.querySelectorAll("[data-show]")];

/** On small screens one column is shown at a time. */
function show(name) {
  desk.dataset.shown = name;
  for (const tab of tabs) tab.setAttribute("aria-selected", String(tab.dataset.show === name));
}

for (const tab of tabs) tab.addEventListener("click", () => show(tab.dataset.show));

const sound = startSound(desk);
const statements = startStatements(desk, { show, sound });
startPlaces(desk, { show, statements });
startEditing(desk, statements);
if (desk.dataset.events) followDraft(desk);
