import { drawAnswer } from "./answer.js";
import { followWithToken } from "./event_stream.js";
import { newKey, VisitorApi } from "./visitor_api.js";

const texts = JSON.parse(document.getElementById("chat-texts").textContent);
const { words, stages } = texts;
const api = new VisitorApi(texts);
const [log, scroll, composer, message, send, stop, standing, fresh] = [
  "log", "scroll", "composer", "message", "send", "stop", "standing", "new-conversation",
].map((id) => document.getElementById(id));
const greeting = log.innerHTML;

const WITH_PERSON_PAUSE = 3000;
const IDLE_PAUSE = 15_000;

const state = { seen: 0, stream: null, live: null, timer: 0 };

/* ---- drawing ---- */

function addTurn(author, name) {
  const turn = document.createElement("div");
  turn.className = author === "visitor" ? "turn turn-own" : "turn";
  const meta = document.createElement("p");
  meta.className = "turn-meta";
  meta.textContent = name || { visitor: words.you, bot: words.assistant, agent: words.staff }[author];
  const bubble = document.createElement("div");
  bubble.className = author === "visitor" ? "bubble bubble-own" : `bubble${author === "agent" ? " bubble-staff" : ""}`;
  bubble.dir = "auto";
  turn.append(meta, bubble);
  log.append(turn);
  toEnd();
  return { turn, meta, bubble };
}

function drawTurn(turn) {
  if (turn.ordinal <= state.seen) return;
  state.seen = turn.ordinal;
  const { bubble } = addTurn(turn.author, turn.member_name);
  if (turn.author === "bot") drawAnswer(bubble, turn, words);
  else bubble.textContent = turn.text;
}

function drawStanding({ state: conversationState, is_with_person: isWithPerson }) {
  const isResolved = conversationState === "resolved";
  standing.textContent = isResolved ? words.resolved : isWithPerson ? words.with_person : "";
  fresh.hidden = !api.session;
  schedule(isWithPerson ? WITH_PERSON_PAUSE : IDLE_PAUSE);
}

function addChoice(parent, label, action) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-small";
  button.textContent = label;
  button.addEventListener("click", () => {
    button.disabled = true;
    action();
  });
  parent.append(button);
}

function toEnd() {
  scroll.scrollTop = scroll.scrollHeight;
}

function isAtEnd() {
  return scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
}

/* ---- following an answer ---- */

function follow(events) {
  endStream();
  const live = addTurn("bot");
  state.live = live;
  live.bubble.setAttribute("aria-busy", "true");
  live.bubble.setAttribute("aria-live", "off");
  const stage = document.createElement("span");
  stage.textContent = words.thinking;
  live.bubble.hidden = true;
  live.meta.append(" · ", stage);
  setAnswering(true);
  const text = document.createTextNode("");
  live.bubble.append(text);

  state.stream = followWithToken(events, api.token, {
    stage: ({ stage: name }) => (stage.textContent = stages[name] ?? words.thinking),
    waiting: () => (stage.textContent = stages.waiting),
    delta: ({ text: piece }) => {
      const follows = isAtEnd();
      live.bubble.hidden = false;
      text.appendData(piece);
      if (follows) toEnd();
    },
    restart: () => (text.data = ""),
    lost: () => (stage.textContent = words.reconnecting),
    back: () => (stage.textContent = words.thinking),
    done: ({ result }) => {
      live.meta.textContent = words.assistant;
      live.bubble.hidden = false;
      live.bubble.removeAttribute("aria-live");
      const follows = isAtEnd();
      drawAnswer(live.bubble, result, words);
      state.seen = Math.max(state.seen, result.ordinal);
      if (follows) toEnd();
      finish();
    },
    error: () => offerRetry(live, words.failed, words.retry),
    cancelled: () => stopped(live),
    refused: () => refresh().then(() => finish()),
  });
}

/** Stopped by the visitor, or because a member of staff took over. */
async function stopped(live) {
  const now = await api.turns(state.seen).catch(() => null);
  if (now && !now.answer && (now.is_with_person || now.turns.length)) {
    live.turn.remove();
    finish();
    await show(now);
    return;
  }
  offerRetry(live, words.stopped, words.answer_again);
}

function offerRetry(live, sentence, label) {
  live.meta.textContent = words.assistant;
  live.bubble.hidden = false;
  live.bubble.removeAttribute("aria-busy");
  live.bubble.classList.add("bubble-notice");
  live.bubble.textContent = sentence;
  addChoice(live.turn, label, async () => {
    try {
      const { events } = await api.retry();
      live.turn.remove();
      follow(events);
    } catch {
      live.turn.remove();
      await refresh();
    }
  });
  toEnd();
  finish();
}

function finish() {
  state.live = null;
  endStream();
  setAnswering(false);
}

function endStream() {
  state.stream?.close();
  state.stream = null;
}

function setAnswering(isAnswering) {
  stop.hidden = !isAnswering;
  send.hidden = isAnswering && !message.value.trim();
}

/* ---- sending ---- */

async function submit(text) {
  const key = newKey();
  const { turn, bubble } = addTurn("visitor");
  bubble.textContent = text;
  await deliver({ text, key, turn });
}

async function deliver({ text, key, turn }) {
  turn.querySelector(".not-sent")?.remove();
  turn.setAttribute("aria-busy", "true");
  try {
    const received = await api.send(text, key);
    turn.removeAttribute("aria-busy");
    state.live?.turn.remove();
    finish();
    if (received.turn.ordinal > state.seen + 1) await refresh();
    state.seen = Math.max(state.seen, received.turn.ordinal);
    drawStanding(received);
    if (received.answer) follow(received.answer.events);
  } catch (error) {
    turn.removeAttribute("aria-busy");
    if (error.status === undefined) throw error;
    if (isOver(error) && api.session) {
      api.forget();
      state.seen = 0;
      await deliver({ text, key, turn });
      return;
    }
    notSent({ text, key, turn }, error);
  }
}

const isOver = ({ status }) => status === 401 || status === 404;

function notSent(delivery, { status }) {
  const note = document.createElement("p");
  note.className = "turn-meta not-sent";
  const sentence = { 0: words.not_sent, 400: words.unusable, 429: words.too_fast }[status] ?? words.not_now;
  note.append(sentence, " ");
  if (status !== 400) addChoice(note, words.send_again, () => deliver(delivery));
  delivery.turn.append(note);
  toEnd();
}

/* ---- what happened elsewhere: staff, another tab, before a reload ---- */

async function refresh() {
  if (!api.session || document.hidden) return;
  try {
    await show(await api.turns(state.seen));
  } catch (error) {
    if (error.status === undefined) throw error;
    if (error.status === 401 || error.status === 404) startAnew();
  }
}

async function show(now) {
  now.turns.forEach(drawTurn);
  drawStanding(now);
  if (!now.answer || state.stream) return;
  if (now.answer.state === "queued" || now.answer.state === "running") follow(now.answer.events);
  else if (!log.querySelector(".bubble-notice")) {
    const isStopped = now.answer.state === "cancelled";
    offerRetry(addTurn("bot"), isStopped ? words.stopped : words.failed, isStopped ? words.answer_again : words.retry);
  }
}

function schedule(pause) {
  clearTimeout(state.timer);
  state.timer = setTimeout(async () => {
    if (!state.stream) await refresh();
    if (api.session) schedule(pause);
  }, pause);
}

function startAnew() {
  clearTimeout(state.timer);
  api.forget();
  finish();
  state.seen = 0;
  log.innerHTML = greeting;
  standing.textContent = "";
  fresh.hidden = true;
  message.focus();
}

/* ---- the composer ---- */

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = message.value.trim();
  if (!text) return;
  message.value = "";
  message.dispatchEvent(new Event("input"));
  submit(text);
});

message.addEventListener("input", () => {
  send.disabled = !message.value.trim();
  send.hidden = !stop.hidden && send.disabled;
});

message.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});

stop.addEventListener("click", () => api.stop().catch(() => undefined));
fresh.addEventListener("click", startAnew);
document.addEventListener("visibilitychange", () => {
  if (!state.stream) refresh();
});

refresh();
message.focus();
