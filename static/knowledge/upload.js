import { onDrop } from "../portal/dropzone.js";

/** Sends the chosen or dropped files at once; without this script a button does. */
for (const form of document.querySelectorAll("form[data-upload]")) {
  const input = form.querySelector("input[type=file]");

  input.addEventListener("change", () => input.files.length && form.requestSubmit());
  onDrop(form.querySelector(".dropzone"), (files) => {
    input.files = files;
    form.requestSubmit();
  });
}
