let settle = () => {};
// The first line, or what of it ends with a question mark that belongs to no name in quotation marks.
const HEADING = /^(?:“[^”\n]*”|[^\n?？])*[?？]?/;

/**
 * Asks in the product's own dialog; resolves to whether the person agreed. The question that `question` begins with is its
 * heading, what follows says what will happen. `about`: the name of what is acted on. `act`: the word on the button, which
 * is that of the button that was pressed.
 */
export function ask(question, { about = "", act = "", isDangerous = false } = {}) {
  const dialog = document.getElementById("confirm-dialog");
  const [heading] = question.trim().match(HEADING);
  const lines = question.trim().slice(heading.length).split("\n").filter((line) => line.trim());
  dialog.querySelector("h2").textContent = heading;
  const text = dialog.querySelector("[data-confirm-lines]");
  const line = (className, textContent) => Object.assign(document.createElement("p"), { className, textContent });
  text.replaceChildren(
    ...(about && !heading.includes(about) ? [line("dialog-about", about)] : []),
    ...lines.map((each) => line("soft", each.trim())),
  );
  text.hidden = !text.firstChild;
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
