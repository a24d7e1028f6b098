import { toast } from "./toasts.js";

/** Buttons with data-copy="text", or data-copy-from="#selector" for the text of another element. */
export function startCopying() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from]");
    if (!button) return;
    const text = button.dataset.copy ?? document.querySelector(button.dataset.copyFrom)?.textContent ?? "";
    if (await copyText(text)) toast(button.dataset.copiedLabel ?? "✓", "good");
  });
}

/** The clipboard API exists only on HTTPS and localhost; elsewhere a selected field and the old command do. */
async function copyText(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return true;
  }
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}
