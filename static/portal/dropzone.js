/** Marks the zone while files hang over it, and hands on those that are dropped. */
export function onDrop(zone, take) {
  for (const type of ["dragenter", "dragover"]) {
    zone.addEventListener(type, (event) => {
      // Text that is dragged from one field to another is none of ours.
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      zone.dataset.over = "yes";
    });
  }
  zone.addEventListener("dragleave", (event) => {
    if (!zone.contains(event.relatedTarget)) delete zone.dataset.over;
  });
  zone.addEventListener("drop", (event) => {
    delete zone.dataset.over;
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    take(event.dataTransfer.files);
  });
}
