const BEAT_MILLISECONDS = 10_000;
const STILL_WRITING_MILLISECONDS = 6000;

let place = null; // {conversation, url}
let writtenAt = 0;
let told = "";

const pane = () => document.querySelector("#pane[data-presence]");
const desk = () => document.querySelector("[data-desk]");

/** Says who looks at the open conversation and who writes in it, and shows who else does. */
export function startPresence() {
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-composer] textarea") || !event.target.value.trim()) return;
    writtenAt = Date.now();
    if (told !== "writing") say();
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : enter()));
  window.addEventListener("pagehide", leave);
  setInterval(() => {
    if (!document.hidden) say();
  }, BEAT_MILLISECONDS);
  setInterval(() => {
    if (told === "writing" && !isWriting()) say();
  }, STILL_WRITING_MILLISECONDS / 3);
  enter();
}

/** After another conversation was opened. */
export function enter() {
  const element = pane();
  if (place && place.conversation !== element?.dataset.conversation) leave();
  place = element ? { conversation: element.dataset.conversation, url: element.dataset.presence } : null;
  say();
}

export function stopWriting() {
  writtenAt = 0;
  if (told === "writing") say();
}

export function showPeople(conversation, people) {
  const { member, looking, writing } = desk().dataset;
  const others = people.filter((person) => person.member !== member);
  const marks = others.map((person) => {
    const mark = document.createElement("span");
    mark.className = person.is_writing ? "desk-person desk-person-writing" : "desk-person";
    mark.textContent = (person.is_writing ? writing : looking).replace("{name}", person.name);
    return mark;
  });
  for (const element of document.querySelectorAll(`[data-people="${CSS.escape(conversation)}"]`)) {
    element.replaceChildren(...marks.map((mark) => mark.cloneNode(true)));
  }
}

const isWriting = () => Date.now() - writtenAt < STILL_WRITING_MILLISECONDS;

async function say() {
  if (!place || document.hidden) return;
  const { conversation, url } = place;
  told = isWriting() ? "writing" : "looking";
  try {
    const answer = await fetch(url, { method: "POST", body: message(told), headers: { Accept: "application/json", "X-Unattended": "1" } });
    if (answer.ok) showPeople(conversation, (await answer.json()).people);
  } catch (error) {
    console.warn("nobody knows who is here right now:", error);
  }
}

function leave() {
  if (!place) return;
  navigator.sendBeacon(place.url, message("left"));
  told = "";
}

function message(state) {
  const body = new FormData();
  body.set("state", state);
  body.set("seen", document.getElementById("live")?.dataset.messages ?? "0");
  body.set("csrfmiddlewaretoken", JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"]);
  return body;
}
