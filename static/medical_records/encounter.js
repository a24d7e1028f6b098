import { followEvents } from "../jobs/event_stream.js";
import { readAlong } from "../speech/read_along.js";

const ASKED_AGAIN_MILLISECONDS = 3000;
const page = document.querySelector("[data-encounter]");
const growing = page.querySelector("[data-growing]");

/** The row is the truth: the finished page comes from the server. */
const reload = () => location.reload();

let isRecordedHere = false;
let reading = null;

function showProgress({ done, total }) {
  const bar = growing.querySelector("[data-progress]");
  bar.max = Math.max(total, 1);
  bar.value = done;
}

function showStage({ stage }) {
  growing.hidden = isRecordedHere;
  const words = growing.querySelector("[data-stage]");
  words.textContent = page.dataset[stage] ?? words.textContent;
}

/** While somebody still speaks elsewhere there may be no job yet: it is asked for until there is one. */
function followTranscription() {
  if (isRecordedHere) return;
  reading = readAlong(page.dataset.events, {
    list: growing.querySelector("[data-growing-list]"),
    template: growing.querySelector("[data-segment-row]"),
    callbacks: {
      stage: showStage,
      progress: showProgress,
      done: reload,
      error: reload,
      cancelled: reload,
      refused: () => setTimeout(followTranscription, ASKED_AGAIN_MILLISECONDS),
    },
  });
}

/** The recorder shows what is written down of what it records. */
page.addEventListener("recording:heard", () => {
  isRecordedHere = true;
  reading?.close();
  growing.hidden = true;
});

/** Nothing is reloaded under the hands of somebody who corrects words. */
function followDraft() {
  const ended = () => {
    page.querySelector("[data-draft-under-way]").hidden = true;
    page.querySelector("[data-draft-ready]").hidden = false;
  };
  followEvents(page.dataset.draftEvents, { done: ended, error: reload, cancelled: reload });
}

page.addEventListener("recording:stored", reload);
if (page.dataset.events) followTranscription();
if (page.dataset.draftEvents) followDraft();
