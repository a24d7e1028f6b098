/** Where a row of tabs is wider than the page, the one that is open stands in it. */
function reveal(scope) {
  for (const row of scope.querySelectorAll(".tabs")) {
    const open = row.querySelector("[aria-current]");
    if (open) row.scrollLeft = open.offsetLeft - (row.clientWidth - open.offsetWidth) / 2;
  }
}

export function startTabs() {
  reveal(document);
  document.addEventListener("htmx:load", (event) => reveal(event.target.parentElement ?? document));
}
