import { openDialog } from "./menus.js";

/** Ctrl K or ⌘K: pages and actions are narrowed here, rows come from the server; arrows choose, Enter goes. */
export function startFinder() {
  const dialog = document.getElementById("finder");
  if (!dialog) return;
  const field = dialog.querySelector("[data-finder]");
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    openDialog("finder");
  });
  field.addEventListener("input", () => narrow(dialog, field.value));
  dialog.addEventListener("keydown", (event) => {
    // Arrows and Enter choose among the characters of an input method first.
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [...dialog.querySelectorAll("a.menu-item")].filter((link) => link.checkVisibility());
    if (step) {
      event.preventDefault();
      const next = links.indexOf(document.activeElement) + step;
      (links[next] ?? field).focus();
    } else if (event.key === "Enter" && event.target === field) {
      event.preventDefault();
      links[0]?.click();
    }
  });
}

function narrow(dialog, typed) {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  for (const link of dialog.querySelectorAll("[data-finder-text]")) {
    const text = link.dataset.finderText.toLowerCase();
    link.hidden = !words.every((word) => text.includes(word));
  }
  const groups = [...dialog.querySelectorAll("[data-finder-group]:has([data-finder-text])")];
  for (const group of groups) group.hidden = !group.querySelector("[data-finder-text]:not([hidden])");
  dialog.querySelector(".finder-nothing").hidden = groups.some((group) => !group.hidden);
}
