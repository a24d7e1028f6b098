/** Ties what the record says to the words it came from, in both directions. */
export function startPlaces(desk, { show, statements }) {
  const said = desk.querySelector(".record-said");

  const light = (statement, { scrolls }) => {
    const places = statement ? [...said.querySelectorAll(`[data-said~="${CSS.escape(statement.dataset.statement)}"]`)] : [];
    for (const place of said.querySelectorAll("[data-lit]")) if (!places.includes(place)) delete place.dataset.lit;
    for (const place of places) place.dataset.lit = "yes";
    if (scrolls && places[0]) bringIntoView(said, places[0]);
  };

  desk.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const statement = event.target.closest("[data-statement]");
    if (statement) light(statement, { scrolls: true });
  });
  desk.addEventListener("pointerout", (event) => {
    const statement = event.target.closest("[data-statement]");
    if (statement && !statement.contains(event.relatedTarget)) light(statements.current(), { scrolls: false });
  });
  desk.addEventListener("focusin", (event) => {
    const statement = event.target.closest("[data-statement]");
    if (statement) light(statement, { scrolls: true });
  });

  said.addEventListener("click", (event) => {
    const place = event.target.closest("[data-said]");
    if (!place || String(getSelection())) return;
    const names = place.dataset.said.split(" ");
    const found = names.map((name) => document.getElementById(`statement-${name}`)).filter(Boolean);
    for (const old of desk.querySelectorAll("[data-statement][data-lit]")) delete old.dataset.lit;
    for (const statement of found) statement.dataset.lit = "yes";
    if (!found.length) return;
    show("sheet");
    statements.goTo(found[0]);
  });
}

/** Only the column scrolls, so that the page stays where it is. */
function bringIntoView(column, place) {
  const box = place.getBoundingClientRect();
  const frame = column.getBoundingClientRect();
  const head = column.querySelector(".record-column-head")?.offsetHeight ?? 0;
  if (column.scrollHeight <= column.clientHeight + 1) return;
  if (box.top >= frame.top + head && box.bottom <= Math.min(frame.bottom, innerHeight)) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const middle = column.scrollTop + box.top - frame.top - frame.height / 3;
  column.scrollTo({ top: middle, behavior: calm ? "auto" : "smooth" });
}
