import "./trial.js";

const form = document.querySelector("[data-trial-form]");
const turns = document.getElementById("turns");

/** The page alone remembers what was said: an answer that is whole joins what the next question is sent with. */
turns.addEventListener("trial-end", ({ target, detail }) => {
  const question = target.closest("[data-turn]").querySelector("[data-question]")?.textContent;
  const history = form.elements.history;
  if (!history || !question || !detail.text) return;
  const said = JSON.parse(history.value || "[]");
  said.push({ role: "user", content: question }, { role: "assistant", content: detail.text });
  history.value = JSON.stringify(said);
});

form.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful && detail.elt === form && form.elements.text) form.elements.text.value = "";
});

form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

form.querySelector("[data-trial-clear]")?.addEventListener("click", () => {
  turns.replaceChildren();
  form.elements.history.value = "[]";
  form.elements.text.focus();
});
