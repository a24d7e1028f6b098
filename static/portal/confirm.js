let settle = () => {};

/**
 * Asks in the product's own dialog; resolves to whether the person agreed. The first line of `question` is its heading,
 * the others say what will happen. `act`: the word on the button, which is that of the button that was pressed.
 */
export function ask(question, { act = "", isDangerous = false } = {}) {
  const dialog = document.getElementById("confirm-dialog");
  const [heading, ...lines] = question.trim().split("\n");
  dialog.querySelector("h2").textContent = heading;
  const text = dialog.querySelector("[data-confirm-lines]");
  text.replaceChildren(
    ...lines.map((line) => Object.assign(document.createElement("p"), { className: "soft", textContent: line })),
  );
  text.hidden = lines.length === 0;
  const button = dialog.querySelector("[value=yes]");
  button.textContent = act || dialog.dataset.act;
  button.classList.toggle("button-danger", isDangerous);
  button.classList.toggle("button-primary", !isDangerous);
  // A browser tells of the end of a dialog later, perhaps after the next question stands there: that is not its answer.
  settle();
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    settle = () => resolve(dialog.returnValue === "yes");
    dialog.onclose = () => dialog.open || settle();
  });
}
