/** Sends the chosen or dropped files at once; without this script a button does. */
for (const form of document.querySelectorAll("form[data-upload]")) {
  const zone = form.querySelector(".dropzone");
  const input = form.querySelector("input[type=file]");

  input.addEventListener("change", () => input.files.length && form.requestSubmit());

  for (const type of ["dragenter", "dragover"]) {
    zone.addEventListener(type, (event) => {
      event.preventDefault();
      zone.dataset.over = "yes";
    });
  }
  zone.addEventListener("dragleave", () => delete zone.dataset.over);
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    delete zone.dataset.over;
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}
