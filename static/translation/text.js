/** Ctrl+Enter sends the text, as in every field for long texts. */
document.querySelector("[data-translate]").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
});
