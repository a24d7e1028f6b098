const isTyping = (element) => element.closest?.("input, textarea, select, [contenteditable]") != null;

/** Which statement is the current one, and what the keys do to it. */
export function startStatements(desk, { show, sound }) {
  const all = () => [...desk.querySelectorAll(".statement[data-statement]")];
  let name = "";

  const current = () => (name && document.getElementById(`statement-${name}`)) || null;

  const goTo = (statement) => {
    if (!statement) return;
    show("sheet");
    statement.focus({ preventScroll: true });
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    statement.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  };

  const step = (by, fits = () => true) => {
    const list = all();
    const at = list.indexOf(current());
    const order = by > 0 ? [...list.slice(at + 1), ...list.slice(0, at + 1)] : [...list.slice(0, Math.max(at, 0)).reverse(), ...list.slice(Math.max(at, 0)).reverse()];
    goTo(order.find(fits));
  };

  const play = (statement) => {
    if (statement?.dataset.play) sound.play(Number(statement.dataset.play), Number(statement.dataset.until));
  };

  const press = (selector) => current()?.querySelector(selector)?.click();
  const isUnsupported = (statement) => statement.dataset.support === "unsupported";
  const hasProblem = (statement) => statement.dataset.problems === "yes";

  const keys = {
    j: () => step(1),
    k: () => step(-1),
    u: () => step(1, isUnsupported),
    w: () => step(1, hasProblem),
    p: () => play(current()),
    e: () => press("[data-edit]"),
    a: () => press("[data-accept]"),
    x: () => press("[data-remove]"),
    z: () => desk.querySelector("[data-undo]")?.click(),
    o: () => current()?.closest(".record-field").querySelector(".record-add")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
    if (!isPlain || event.defaultPrevented || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  desk.addEventListener("focusin", (event) => {
    const statement = event.target.closest("[data-statement]");
    if (!statement || statement.dataset.statement === name) return;
    if (current()) delete current().dataset.current;
    name = statement.dataset.statement;
    statement.dataset.current = "yes";
  });

  desk.addEventListener("click", (event) => {
    if (event.target.closest("[data-next-unsupported]")) return step(1, isUnsupported);
    if (event.target.closest("[data-next-problem]")) return step(1, hasProblem);
    const statement = event.target.closest("[data-statement]");
    if (event.target.closest("[data-play-statement]")) return play(statement);
    if (event.target.closest(".statement-text") && !String(getSelection())) play(statement);
  });
  desk.addEventListener("dblclick", (event) => {
    if (event.target.closest(".statement-text")) event.target.closest("[data-statement]").querySelector("[data-edit]")?.click();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-go-to]");
    if (!link) return;
    event.preventDefault();
    link.closest("dialog")?.close();
    goTo(document.getElementById(`statement-${link.dataset.goTo}`));
  });

  /** After a part of the page came anew, the keys go on where they were. */
  const settle = (part) => {
    const first = part.querySelector("[data-first]");
    if (first) {
      first.focus();
      first.setSelectionRange?.(first.value.length, first.value.length);
      return;
    }
    const selected = part.querySelector(".statement[data-selected]");
    const kept = current() ?? (name && part.querySelector(".statement[data-statement]"));
    const next = selected ?? kept;
    if (next && part.contains(next)) {
      next.dataset.current = "yes";
      next.focus({ preventScroll: true });
    }
  };

  return { current, goTo, settle };
}
