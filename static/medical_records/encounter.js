import { followJob } from "../jobs/follow.js";

const ASKED_AGAIN_MILLISECONDS = 3000;
const page = document.querySelector("[data-encounter]");
const growing = page.querySelector("[data-growing]");

/** The row is the truth: the finished page comes from the server. */
const reload = () => location.reload();

function clock(seconds) {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 60) % 60, String(whole % 60).padStart(2, "0")];
  const hours = Math.floor(whole / 3600);
  return (hours ? [hours, String(parts[0]).padStart(2, "0"), parts[1]] : parts).join(":");
}

function showSegment({ start, text }) {
  growing.hidden = false;
  const row = growing.querySelector("[data-segment-row]").content.firstElementChild.cloneNode(true);
  row.querySelector("[data-time]").textContent = clock(start);
  row.querySelector("[data-text]").textContent = text;
  growing.querySelector("[data-growing-list]").append(row);
}

function showProgress({ done, total }) {
  const bar = growing.querySelector("[data-progress]");
  bar.max = Math.max(total, 1);
  bar.value = done;
}

function showStage({ stage }) {
  const words = growing.querySelector("[data-stage]");
  words.textContent = page.dataset[stage] ?? words.textContent;
}

/** While somebody still speaks there may be no job yet: it is asked for until there is one. */
function followTranscription() {
  followJob(page.dataset.events, {
    stage: showStage,
    progress: showProgress,
    segment: showSegment,
    restart: () => growing.querySelector("[data-growing-list]").replaceChildren(),
    done: reload,
    error: reload,
    cancelled: reload,
    refused: () => setTimeout(followTranscription, ASKED_AGAIN_MILLISECONDS),
  });
}

/** Nothing is reloaded under the hands of somebody who corrects words. */
function followDraft() {
  const ended = () => {
    page.querySelector("[data-draft-under-way]").hidden = true;
    page.querySelector("[data-draft-ready]").hidden = false;
  };
  followJob(page.dataset.draftEvents, { done: ended, error: reload, cancelled: reload });
}

page.addEventListener("recording:stored", reload);
if (page.dataset.phase === "awaited") {
  page.querySelector("[data-record]")?.addEventListener("click", followTranscription, { once: true });
} else if (page.dataset.events) {
  followTranscription();
}
if (page.dataset.draftEvents) followDraft();
