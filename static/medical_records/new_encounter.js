const form = document.querySelector("[data-new-encounter]");
const search = form.querySelector("#patient-search");
const newcomer = form.querySelector("[data-newcomer]");

/** Enter looks for the patient at once; it must not send a form that is not filled in. */
search.addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault();
});

/** A new patient or a known one, never both. */
newcomer?.addEventListener("input", () => {
  for (const choice of form.querySelectorAll("[name='patient']:checked")) choice.checked = false;
});

form.addEventListener("change", (event) => {
  if (event.target.name !== "patient" || !newcomer) return;
  for (const field of newcomer.querySelectorAll("input")) field.value = "";
  newcomer.open = false;
});
