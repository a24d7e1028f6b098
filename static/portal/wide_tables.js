// What is wider than its frame is moved with the arrow keys, which takes the focus; a table that fits is passed by.
const frames = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

const observe = (root) => root.querySelectorAll(".table-frame").forEach((frame) => frames.observe(frame));

export function startWideTables() {
  observe(document);
  document.body.addEventListener("htmx:load", (event) => observe(event.detail.elt));
}
