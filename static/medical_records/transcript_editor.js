import { ask } from "../portal/confirm.js";

const SPEAKERS = ["doctor", "patient", "relative"];
const page = document.querySelector("[data-encounter]");
const editor = page.querySelector("[data-editor]");
const list = editor.querySelector("[data-utterances]");
const player = page.querySelector("[data-player]");
const names = editor.querySelector("[data-speaker-words]").dataset;
const isReadOnly = editor.dataset.isReadOnly === "yes";

const rows = () => [...list.children];
const numberOf = (row) => Number(row.dataset.utterance);
const textOf = (row) => row.querySelector("[data-text]");

function say(words) {
  editor.querySelector("[data-save-state]").textContent = words;
}

function nameSpeaker(row) {
  row.querySelector("[data-turn]").textContent = names[row.dataset.speaker];
}

/** A word that was heard with little certainty is reached by the keyboard, too. */
function markUnsure(place) {
  place.dataset.unsure = "yes";
  place.setAttribute("role", "button");
  place.tabIndex = 0;
  place.title = list.dataset.listenAgain;
}

/** What the server made of an utterance. */
function show(row, { speaker, text, words }) {
  row.dataset.speaker = speaker;
  nameSpeaker(row);
  if (!words.length) {
    textOf(row).textContent = text;
    return;
  }
  const shown = words.flatMap((word) => {
    const place = document.createElement("span");
    place.className = "said-word";
    place.dataset.play = word.start;
    if (word.is_unsure) markUnsure(place);
    place.textContent = word.text;
    return [word.gap, place];
  });
  textOf(row).replaceChildren(...shown);
}

/** One change after another: each needs the revision that the one before it made. */
let queue = Promise.resolve();

function send(method, url, change) {
  queue = queue.then(async () => {
    say("…");
    const headers = { "Content-Type": "application/json", "X-CSRFToken": page.dataset.csrf };
    const body = JSON.stringify({ revision: Number(editor.dataset.revision), ...change });
    const answer = await fetch(url, { method, headers, body });
    const told = await answer.json();
    if (!answer.ok) throw new Error(firstReason(told.error));
    editor.dataset.revision = told.revision;
    say(editor.dataset.saved);
    return told.utterances;
  });
  const outcome = queue;
  queue = queue.catch(() => undefined);
  return outcome;
}

const firstReason = ({ fields, message }) => (fields ? Object.values(fields).flat().join(" ") : message);

function failed(error) {
  say(error instanceof TypeError ? editor.dataset.unreachable : `${editor.dataset.failed} ${error.message}`);
}

async function correct(row, change) {
  const corrections = [{ utterance: numberOf(row), ...change }];
  for (const utterance of await send("PATCH", page.dataset.transcriptUrl, { corrections })) {
    show(rows()[utterance.number], utterance);
  }
}

async function setSpeaker(row, speaker) {
  const before = row.dataset.speaker;
  row.dataset.speaker = speaker;
  nameSpeaker(row);
  try {
    await correct(row, { speaker });
  } catch (error) {
    row.dataset.speaker = before;
    nameSpeaker(row);
    failed(error);
  }
}

const nextSpeaker = (speaker) => SPEAKERS[(SPEAKERS.indexOf(speaker) + 1) % SPEAKERS.length];

/** The words become a field; Enter saves, Escape leaves them as they were. */
function edit(row) {
  if (isReadOnly || row.querySelector("textarea")) return;
  const text = textOf(row);
  const field = document.createElement("textarea");
  field.className = "input utterance-field";
  field.value = text.textContent.trim();
  field.rows = Math.max(1, Math.ceil(field.value.length / 60));
  const before = [...text.childNodes];
  let isFinished = false;
  const finish = async (isKept) => {
    if (isFinished) return;
    isFinished = true;
    const written = field.value.trim();
    text.replaceChildren(...before);
    row.focus();
    if (!isKept || written === text.textContent.trim()) return;
    try {
      await correct(row, { text: written });
    } catch (error) {
      failed(error);
      // Nothing typed is lost: it stands in the field again.
      edit(row);
      row.querySelector("textarea").value = written;
    }
  };
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" || event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      finish(event.key === "Enter");
    }
  });
  field.addEventListener("blur", () => finish(true));
  text.replaceChildren(field);
  field.focus();
}

async function removeFrom(row, button) {
  const act = button.textContent.trim();
  if (await ask(editor.dataset.removeQuestion, { act, isDangerous: true })) remove(numberOf(row), rows().length - 1);
}

async function remove(first, last) {
  try {
    await send("POST", page.dataset.removeUrl, { first, last });
    location.reload();
  } catch (error) {
    failed(error);
  }
}

function play(seconds) {
  if (!player) return;
  player.currentTime = seconds;
  player.play();
}

list.addEventListener("click", (event) => {
  const row = event.target.closest("[data-utterance]");
  if (!row || event.target.closest("textarea")) return;
  const number = numberOf(row);
  if (event.target.closest("[data-turn]")) setSpeaker(row, nextSpeaker(row.dataset.speaker));
  else if (event.target.closest("[data-edit]")) edit(row);
  else if (event.target.closest("[data-remove]")) remove(number, number);
  else if (event.target.closest("[data-remove-from]")) {
    removeFrom(row, event.target.closest("[data-remove-from]"));
  } else {
    const place = event.target.closest("[data-play]");
    if (place) play(Number(place.dataset.play));
  }
  for (const menu of list.querySelectorAll("details[open]")) {
    if (!menu.contains(event.target) || event.target.closest(".menu-item")) menu.open = false;
  }
});

list.addEventListener("dblclick", (event) => {
  const row = event.target.closest("[data-utterance]");
  if (row && event.target.closest("[data-text]")) edit(row);
});

list.addEventListener("keydown", (event) => {
  if (event.target.matches("[data-unsure]") && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    play(Number(event.target.dataset.play));
    return;
  }
  const row = event.target;
  if (!row.matches("[data-utterance]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const speaker = SPEAKERS[Number(event.key) - 1];
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  if (speaker && !isReadOnly) setSpeaker(row, speaker);
  else if (step) row[step]?.focus();
  else if (event.key === "Enter") edit(row);
  else if (event.key === " " && row.dataset.start) play(Number(row.dataset.start));
  else return;
  event.preventDefault();
});

/** What is being said is marked while the sound plays. */
player?.addEventListener("timeupdate", () => {
  const words = [...list.querySelectorAll(".said-word")];
  const now = words.findLast((word) => Number(word.dataset.play) <= player.currentTime + 0.05);
  for (const word of list.querySelectorAll("[data-now]")) if (word !== now) delete word.dataset.now;
  if (now) now.dataset.now = "yes";
});

for (const row of rows()) nameSpeaker(row);
