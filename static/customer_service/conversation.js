import { followEvents } from "../jobs/event_stream.js";
import { keepEnd } from "../portal/keep_end.js";
import { drawEvidence } from "./answer.js";

let stream = null;

/** The answer being written grows in its bubble; `redraw` is called when it ends. */
export function followAnswer(redraw) {
  stream?.close();
  stream = null;
  const answer = document.querySelector("[data-answer]");
  if (!answer) return;
  const text = answer.querySelector("[data-text]");
  const stage = answer.querySelector("[data-stage]");
  stream = followEvents(answer.dataset.answer, {
    stage: ({ stage: name }) => (stage.textContent = answer.dataset[name] ?? stage.textContent),
    waiting: () => (stage.textContent = answer.dataset.waiting),
    evidence: (evidence) => drawEvidence(text, evidence),
    delta: ({ text: piece }) => text.append(piece),
    restart: () => text.replaceChildren(),
    done: redraw,
    error: redraw,
    cancelled: redraw,
  });
}

let end = null;

/** The thread of the conversation that was just opened. */
export function startAtEnd() {
  const thread = document.querySelector("[data-thread]");
  end = thread && keepEnd(thread);
  end?.toEnd();
}

export const isAtEnd = () => end?.isFollowing ?? true;
export const showEnd = () => end?.toEnd();
export const watchEnd = () => end?.watch();

/** A link to a source opens it; the browser's own jump then marks it. */
export function openSource(event) {
  const link = event.target.closest('a.citation[href^="#source-"]');
  if (!link) return;
  const source = document.getElementById(link.hash.slice(1));
  if (source) source.open = true;
}
