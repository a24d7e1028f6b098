/**
 * Small comforts of forms, switched on by attributes:
 * data-submit-on-change on a form or on one of its controls, data-confirm="question" on a form or button,
 * and every form is sent only once, however often its button is pressed.
 */
export function startForms() {
  document.addEventListener("change", (event) => {
    const chosen = event.target.closest("[data-submit-on-change]");
    (chosen?.form ?? chosen)?.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (form.method === "dialog") return;
    if (question && !confirm(question)) {
      // What was chosen to send the form would otherwise stand there as if it had been sent.
      if (!event.submitter) form.reset();
      return event.preventDefault();
    }
    if (form.dataset.sent) return event.preventDefault();
    if (form.method === "post" && !form.matches("[hx-post]") && !event.defaultPrevented) form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
}
