import { followEvents } from "./event_stream.js";

const page = document.querySelector("[data-job]");
const labels = JSON.parse(document.getElementById("job-stages").textContent);
const shown = { stages: [], parts: {}, text: "" };

const find = (selector) => page.querySelector(selector);
const state = () => find("[data-state]").dataset.state;
const isOver = () => !["queued", "running"].includes(state());

/** htmx fetches the state anew from the row, which is the truth; what the stream brought is drawn over it. */
const refresh = () => page.dispatchEvent(new CustomEvent("refresh"));

function draw() {
  drawStages();
  const output = find("[data-output]");
  output.hidden = isOver() || !shown.text;
  find("[data-text]").textContent = shown.text;
}

function drawStages() {
  if (!shown.stages.length) return;
  const timeline = find(".job-timeline");
  for (const entry of timeline.querySelectorAll("[data-stage]")) entry.remove();
  shown.stages.forEach((stage, index) => {
    const entry = document.createElement("li");
    const isLast = index === shown.stages.length - 1;
    entry.dataset.stage = stage;
    entry.dataset.tone = isLast && !isOver() ? "live" : "good";
    entry.textContent = labelOf(stage);
    timeline.insertBefore(entry, timeline.querySelector("[data-end]"));
  });
}

/** A stage that people count, such as pages, says in its label which part is under way. */
function labelOf(stage) {
  const { number, total } = shown.parts[stage] ?? {};
  return (labels[stage] ?? stage).replace("%(number)s", number).replace("%(total)s", total);
}

function showStage({ stage, number, total }) {
  if (shown.stages.at(-1) !== stage) shown.stages.push(stage);
  if (total) shown.parts[stage] = { number, total };
  if (state() === "queued") refresh();
  draw();
}

function showProgress({ done, total }) {
  const bar = find("[data-progress]");
  if (!bar) return;
  bar.max = Math.max(total, 1);
  bar.value = done;
}

function showText({ text }) {
  shown.text += text;
  draw();
}

function startOver() {
  shown.stages = [];
  shown.text = "";
  refresh();
}

function end() {
  if (!isOver()) refresh();
}

page.addEventListener("htmx:afterSwap", draw);
followEvents(page.dataset.events, {
  stage: showStage,
  progress: showProgress,
  delta: showText,
  restart: startOver,
  done: end,
  error: end,
  cancelled: end,
});
