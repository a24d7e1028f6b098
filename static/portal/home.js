/* What stands on the start page when its numbers cannot be fetched. */
const day = document.getElementById("day");

function fail() {
  day.replaceChildren(document.getElementById("day-failed").content.cloneNode(true));
  day.removeAttribute("aria-busy");
}

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) day.addEventListener(name, fail);
day.addEventListener("htmx:afterSwap", () => day.removeAttribute("aria-busy"));
