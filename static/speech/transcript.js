import { followJob } from "../jobs/follow.js";

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

function clock(seconds) {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 60) % 60, String(whole % 60).padStart(2, "0")];
  const hours = Math.floor(whole / 3600);
  return (hours ? [hours, String(parts[0]).padStart(2, "0"), parts[1]] : parts).join(":");
}

function showSegment({ start, text }) {
  const row = page.querySelector("[data-segment-row]").content.firstElementChild.cloneNode(true);
  const time = row.querySelector("[data-time]");
  time.dataset.play = start;
  time.textContent = clock(start);
  row.querySelector("[data-text]").textContent = text;
  list.append(row);
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
  followJob(page.dataset.events, {
    stage: showStage,
    progress: showProgress,
    segment: showSegment,
    restart: () => list.replaceChildren(),
    done: reload,
    error: reload,
    cancelled: reload,
  });
}
