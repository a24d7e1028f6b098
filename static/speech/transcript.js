import { readAlong } from "./read_along.js";

const page = document.querySelector("[data-recording]");
const player = page.querySelector("audio");
const list = page.querySelector("[data-transcript]");

/** A click on a word or on a time plays from there. */
page.addEventListener("click", (event) => {
  const place = event.target.closest("[data-play]");
  if (!place || !player) return;
  player.currentTime = Number(place.dataset.play);
  player.play();
});

/** What is being said is marked while the sound plays. */
player?.addEventListener("timeupdate", () => {
  if (!list) return;
  mark(list.querySelectorAll(".transcript-segment"), (row) => Number(row.querySelector("[data-play]").dataset.play));
  mark(list.querySelectorAll(".transcript-word"), (word) => Number(word.dataset.play));
});

function mark(places, begin) {
  const now = [...places].findLast((place) => begin(place) <= player.currentTime + 0.05);
  for (const place of places) {
    if (place === now) place.dataset.now = "yes";
    else delete place.dataset.now;
  }
}

function showProgress({ done, total }) {
  const bar = page.querySelector("[data-progress]");
  bar.max = Math.max(total, 1);
  bar.value = done;
}

function showStage({ stage }) {
  const words = page.querySelector("[data-stage]");
  words.textContent = page.dataset[stage] ?? words.textContent;
}

if (page.dataset.events) {
  // The row is the truth: the finished page comes from the server.
  const reload = () => location.reload();
  readAlong(page.dataset.events, {
    list,
    template: page.querySelector("[data-segment-row]"),
    callbacks: { stage: showStage, progress: showProgress, done: reload, error: reload, cancelled: reload },
  });
}
