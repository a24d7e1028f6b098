// Ticking jobs in the list. Rows that are fetched again would lose their ticks, so they wait while there are any.

const TICKED = "#job-rows input:checked";

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "job-rows" && document.querySelector(TICKED)) event.preventDefault();
});

for (const box of document.querySelectorAll("[data-tick-all]")) {
  box.addEventListener("change", () => {
    for (const each of document.querySelectorAll(`${box.dataset.tickAll} input[name="job"]`)) each.checked = box.checked;
  });
}

// How many the question is about; told as it is asked, before `forms.js` reads it.
const change = document.getElementById("job-change");
change?.addEventListener("click", () => {
  const all = change.elements.namedItem("all");
  change.dataset.confirmAbout = all.checked
    ? all.labels[0].textContent.trim()
    : change.dataset.selected.replace("{count}", document.querySelectorAll(TICKED).length);
});
