import { followJob } from "./follow.js";

const page = document.querySelector("[data-job]");
let text = "";

const find = (selector) => page.querySelector(selector);

/** htmx fetches the state anew from the row, which is the truth. */
const refresh = () => page.dispatchEvent(new CustomEvent("refresh"));

function showStage({ stage }) {
  const timeline = find(".job-timeline");
  if (!timeline) return;
  for (const entry of timeline.querySelectorAll("[data-tone=live]")) entry.dataset.tone = "good";
  let entry = timeline.querySelector(`[data-stage="${CSS.escape(stage)}"]`);
  if (!entry) {
    entry = document.createElement("li");
    entry.dataset.stage = stage;
    entry.textContent = stage;
    timeline.insertBefore(entry, timeline.querySelector("[data-end]"));
  }
  entry.dataset.tone = isOver() ? "good" : "live";
}

function showProgress({ done, total }) {
  const bar = find("[data-progress]");
  if (!bar) return refresh();
  bar.max = Math.max(total, 1);
  bar.value = done;
}

function showText(more) {
  text += more;
  if (isOver()) return;
  find("[data-output]").hidden = false;
  find("[data-text]").textContent = text;
}

const isOver = () => !["queued", "running"].includes(find("[data-state]").dataset.state);

function end() {
  if (!isOver()) refresh();
}

followJob(page.dataset.events, {
  stage: (payload) => {
    if (find("[data-state]").dataset.state === "queued") refresh();
    showStage(payload);
  },
  progress: showProgress,
  delta: (payload) => showText(payload.text),
  restart: () => {
    text = "";
    refresh();
  },
  done: end,
  error: end,
  cancelled: end,
});
