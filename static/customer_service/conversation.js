import { followJob } from "../jobs/follow.js";

let stream = null;

/** The answer being written grows in its bubble; `redraw` is called when it ends. */
export function followAnswer(redraw) {
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
      const isAtEnd = threadIsAtEnd();
      text.append(piece);
      if (isAtEnd) showEnd();
    },
    restart: () => text.replaceChildren(),
    done: redraw,
    error: redraw,
    cancelled: redraw,
  });
}

const NEAR_PIXELS = 80;
const thread = () => document.querySelector("[data-thread]");

export function threadIsAtEnd() {
  const element = thread();
  if (!element) return true;
  if (element.scrollHeight > element.clientHeight + 1) {
    return element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PIXELS;
  }
  const page = document.documentElement;
  return page.scrollHeight - page.scrollTop - page.clientHeight < 4 * NEAR_PIXELS;
}

export function showEnd() {
  const element = thread();
  if (!element) return;
  element.scrollTop = element.scrollHeight;
  if (element.scrollHeight <= element.clientHeight + 1) {
    document.querySelector("#live > :last-child")?.scrollIntoView({ block: "nearest" });
  }
}

/** A link to a source opens it; the browser's own jump then marks it. */
export function openSource(event) {
  const link = event.target.closest('a.citation[href^="#source-"]');
  if (!link) return;
  const source = document.getElementById(link.hash.slice(1));
  if (source) source.open = true;
}
