import { followJob } from "../jobs/follow.js";

let stream = null;

/** The answer being written grows in its bubble; when it ends, the page's own polling draws the stored turn. */
function followAnswer() {
  stream?.close();
  stream = null;
  const answer = document.querySelector("[data-answer]");
  if (!answer) return;
  const text = answer.querySelector("[data-text]");
  const stage = answer.querySelector("[data-stage]");
  stream = followJob(answer.dataset.answer, {
    stage: ({ stage: name }) => (stage.textContent = answer.dataset[name] ?? stage.textContent),
    waiting: () => (stage.textContent = answer.dataset.waiting),
    delta: ({ text: piece }) => {
      text.append(piece);
      answer.scrollIntoView({ block: "nearest" });
    },
    restart: () => text.replaceChildren(),
    done: redraw,
    error: redraw,
    cancelled: redraw,
  });
}

function redraw() {
  const live = document.getElementById("live");
  window.htmx?.ajax("GET", live.getAttribute("hx-get"), { target: live, swap: "outerHTML" });
}

/** A link to a source opens it; the browser's own jump then marks it. */
function openSource(event) {
  const link = event.target.closest('a.citation[href^="#source-"]');
  if (!link) return;
  const source = document.getElementById(link.hash.slice(1));
  if (source) source.open = true;
}

document.addEventListener("click", openSource);
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "live") followAnswer();
});
document.querySelector("[data-composer] textarea")?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});
followAnswer();
document.querySelector("#live > :last-child")?.scrollIntoView({ block: "nearest" });
