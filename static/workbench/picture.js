/** What is said lights up where it stands on the picture, and the other way round: by pointer, by focus and by a tap. */
const said = [...document.querySelectorAll("[data-places]")];
const markOf = (place) => document.querySelector(`.page-marks a[href="#${place}"]`);

for (const one of said) {
  const places = one.dataset.places.split(" ");
  const light = (isLit) => {
    for (const place of places) markOf(place)?.querySelector("rect").classList.toggle("page-mark-lit", isLit);
  };
  one.addEventListener("pointerenter", () => light(true));
  one.addEventListener("pointerleave", () => light(false));
  one.addEventListener("focusin", () => light(true));
  one.addEventListener("focusout", () => light(false));
}

for (const mark of document.querySelectorAll(".page-marks a")) {
  const place = mark.getAttribute("href").slice(1);
  const own = said.filter((one) => one.dataset.places.split(" ").includes(place));
  const light = (isLit) => {
    for (const one of own) one.classList.toggle("picture-said-lit", isLit);
  };
  mark.addEventListener("pointerenter", () => light(true));
  mark.addEventListener("pointerleave", () => light(false));
  mark.addEventListener("focus", () => light(true));
  mark.addEventListener("blur", () => light(false));
  mark.addEventListener("click", (event) => {
    event.preventDefault();
    own[0]?.querySelector("a").focus();
    own[0]?.scrollIntoView({ block: "nearest" });
  });
}
