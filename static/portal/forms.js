import { ask } from "./confirm.js";
import { keepSent } from "./lost_forms.js";

// Forms whose question was answered with yes, while they are sent.
const agreed = new WeakSet();

/**
 * Small comforts of forms, switched on by attributes:
 * data-submit-on-change on a form or on one of its controls, data-confirm="question" on a form or button, with
 * data-confirm-about="name of what is acted on" and data-dangerous on the form,
 * and every form is sent only once, however often its button is pressed, unless data-downloads says that its answer is a
 * file, after which the page stands there as before.
 */
export function startForms() {
  document.addEventListener("change", (event) => {
    const names = event.target.parentElement?.querySelector("[data-file-names]");
    if (names) names.textContent = [...event.target.files].map(({ name }) => name).join(", ");
    const chosen = event.target.closest("[data-submit-on-change]");
    (chosen?.form ?? chosen)?.requestSubmit();
  });
  // Before htmx, which listens at the form itself.
  document.addEventListener(
    "submit",
    (event) => {
      const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
      if (!question || agreed.has(event.target)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      sendOnceAgreed(event.target, event.submitter, question);
    },
    true,
  );
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog") return;
    if (form.dataset.sent) return event.preventDefault();
    // What was typed and not sent is nothing for whoever signs in here next.
    if ("signsOut" in form.dataset) sessionStorage.clear();
    const staysHere = form.matches("[hx-post], [data-downloads]");
    if (form.method !== "post" || staysHere || event.defaultPrevented) return;
    form.dataset.sent = "yes";
    keepSent(form);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
}

async function sendOnceAgreed(form, submitter, question) {
  // A button that shows a sign has its word as a tooltip.
  const sign = submitter?.classList.contains("button-icon");
  const act = (!sign && submitter?.textContent.trim()) || submitter?.title || submitter?.getAttribute("aria-label");
  const isDangerous = "dangerous" in form.dataset || submitter?.classList.contains("button-danger");
  if (await ask(question, { about: form.dataset.confirmAbout, act, isDangerous })) {
    agreed.add(form);
    form.requestSubmit(submitter);
    agreed.delete(form);
  } else if (!submitter) {
    // What was chosen to send the form would otherwise stand there as if it had been sent.
    form.reset();
  }
}
