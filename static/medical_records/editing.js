const IDLE_MILLISECONDS = 1500;

/** Forms inside the record: saved while somebody types, never lost when somebody else was faster. */
export function startEditing(desk, statements) {
  let timer = 0;

  const say = (form, words) => {
    const state = form.querySelector("[data-save-state]");
    if (state) state.textContent = words;
  };

  const autosave = (form) => {
    if (!form.isConnected || !form.elements.statement || form.elements.text?.value.trim() === "") return;
    say(form, desk.dataset.savingLabel);
    window.htmx.ajax("POST", desk.dataset.editUrl, {
      source: form,
      target: form.closest(".record-field"),
      swap: "none",
      values: { ...Object.fromEntries(new FormData(form)), autosave: "on" },
    });
  };

  desk.addEventListener("input", (event) => {
    const form = event.target.closest("[data-editor]");
    if (!form) return;
    form.dataset.typed = "yes";
    say(form, desk.dataset.unsavedLabel);
    clearTimeout(timer);
    timer = setTimeout(() => autosave(form), IDLE_MILLISECONDS);
  });

  desk.addEventListener("submit", () => clearTimeout(timer), true);
  desk.addEventListener("keydown", (event) => {
    const form = event.target.closest("[data-editor]");
    if (!form || event.isComposing) return;
    if (event.key === "Escape") form.querySelector("[data-cancel]").click();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  desk.addEventListener("click", (event) => {
    if (event.target.closest("[data-cancel]")) clearTimeout(timer);
  });

  // A refusal brings the field back with the reason and with what was typed: it is shown, not thrown away.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (requestConfig.path !== desk.dataset.editUrl || ![400, 409].includes(xhr.status)) return;
    if (!xhr.responseText.includes("record-field")) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    event.detail.swapOverride = "outerHTML";
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest?.("[data-editor]");
    if (!form || event.detail.requestConfig.path !== desk.dataset.editUrl) return;
    if (event.detail.successful) delete form.dataset.typed;
    say(form, event.detail.successful ? desk.dataset.savedLabel : desk.dataset.unsavedLabel);
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const part = event.detail.elt.closest?.(".record-field");
    if (part?.isConnected) statements.settle(part);
  });

  const move = document.querySelector("[data-move-form]");
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-move]");
    if (!chosen || !move) return;
    move.elements.statement.value = chosen.dataset.move;
    move.setAttribute("hx-target", `#${CSS.escape(chosen.closest(".record-field").id)}`);
  });
  move?.addEventListener("submit", () => move.closest("dialog").close());

  // Dialogs of the page are older than the last change of the record.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-takes-revision]")) return;
    event.target.elements.revision.value = document.getElementById("revision").value;
  }, true);

  window.addEventListener("beforeunload", (event) => {
    if (desk.querySelector("[data-editor][data-typed]")) event.preventDefault();
  });
}
