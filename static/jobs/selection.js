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
