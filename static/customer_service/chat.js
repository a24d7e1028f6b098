import { drawAnswer, drawEvidence } from "./answer.js";
import { ChatLog, element } from "./chat_log.js";
import { Frame } from "./chat_frame.js";
import { newKey, read, VisitorApi, write } from "./visitor_api.js";

const texts = JSON.parse(document.getElementById("chat-texts").textContent);
const { words, stages } = texts;
const api = new VisitorApi(texts);
const [scroll, composer, field, send, stop, standing, fresh, picker, voice] = [
  "scroll", "composer", "message", "send", "stop", "standing", "new-conversation", "file", "voice",
].map((id) => document.getElementById(id));
const log = new ChatLog(document.getElementById("log"), scroll, words);
const frame = new Frame({ onShown: () => field.focus() });

const MOVING_PAUSE = 3000;
const IDLE_PAUSE = 15_000;
const UNSENT = `${api.key}.unsent`;

// Nothing is sent before it is known who writes.
const state = { seen: 0, last: null, own: new Set(), outbox: [], isSending: true, stream: null, live: null, timer: 0 };
const attached = { files: [], uploads: 0 };

/* What most visitors never need is fetched when it is. */
const forms = lazily(async () => new (await import("./chat_forms.js")).Forms({ api, log, words, standing, composer, refresh }));
const tray = lazily(async () => new (await import("./chat_files.js")).Tray({ api, log, attached, words, onChange: drawSend }));
const microphone = lazily(async () => new (await import("./chat_voice.js")).Voice({ api, log, words, button: voice, onHeard: refresh }));

/** What could not be fetched without a connection is fetched when it is wanted again. */
function lazily(load) {
  let loaded = null;
  return () =>
    (loaded ??= load().catch((error) => {
      loaded = null;
      throw error;
    }));
}

/* ---- drawing ---- */

function drawMessage(message) {
  if (message.ordinal <= state.seen) return;
  state.seen = message.ordinal;
  state.last = message;
  if (state.own.has(message.id)) return;
  if (message.author !== "visitor") frame.count();
  if (message.author === "notice") {
    log.addNotice(message.text);
    return;
  }
  const drawn = log.addMessage(message.author, message.member_name);
  if (message.author === "bot") drawAnswer(drawn.bubble, message, words);
  else drawn.bubble.textContent = message.text;
  drawFiles(drawn, message.attachments);
}

function drawStanding(now) {
  standing.textContent = now.line;
  fresh.hidden = !api.session;
  drawForms(now);
  schedule(now.is_with_person || now.queue ? MOVING_PAUSE : IDLE_PAUSE);
}

async function drawForms(now) {
  state.hasForms ||= now.asks_for_rating || now.wants_address || now.is_first;
  if (state.hasForms) (await forms()).draw(now);
}

async function drawFiles(drawn, files) {
  if (files.length) (await tray()).draw(drawn, files);
}

/** Under the assistant's last answer: what it offers, “that solved it”, a person. */
function drawOffers(now) {
  const last = state.last;
  if (state.stream || now.answer || now.state !== "open" || last?.author !== "bot") return;
  const choices = (last.options ?? []).map((option) => [option, () => submit(option)]);
  if (!last.is_unanswered && last.action !== "clarify") choices.push([words.solved, () => act("resolve/")]);
  if (now.can_ask_for_person) choices.push([words.person, () => act("person/")]);
  log.offer(choices);
}

async function act(action) {
  try {
    await api.post(action);
  } catch (error) {
    if (error.status === undefined) throw error;
  }
  await refresh();
}

/* ---- following an answer ---- */

function follow(events) {
  finish();
  const live = log.addMessage("bot");
  state.live = live;
  live.bubble.setAttribute("aria-busy", "true");
  live.bubble.setAttribute("aria-live", "off");
  const stage = element("span", "", words.thinking);
  live.bubble.hidden = true;
  live.meta.append(" · ", stage);
  setAnswering(true);
  const text = document.createTextNode("");
  live.bubble.append(text);

  const opening = (state.stream = { close() {} });
  const callbacks = {
    stage: ({ stage: name }) => (stage.textContent = stages[name] ?? words.thinking),
    waiting: () => (stage.textContent = stages.waiting),
    evidence: (evidence) => drawEvidence(live.bubble, evidence),
    delta: ({ text: piece }) => {
      live.bubble.hidden = false;
      text.appendData(piece);
    },
    restart: () => (text.data = ""),
    lost: () => (stage.textContent = words.reconnecting),
    back: () => (stage.textContent = words.thinking),
    done: ({ result }) => answered(live, result),
    error: () => offerRetry(words.failed, words.retry, live),
    cancelled: () => stopped(live),
    refused: () => refresh().then(finish),
  };
  import("../jobs/event_stream.js").then(({ followEvents }) => {
    if (state.stream === opening) state.stream = followEvents(events, callbacks, api);
  }, () => {
    live.message.remove();
    if (state.stream === opening) finish();
  });
}

function answered(live, result) {
  if (!result.text || result.ordinal <= state.seen) {
    live.message.remove();
  } else {
    live.meta.textContent = words.assistant;
    live.bubble.hidden = false;
    live.bubble.removeAttribute("aria-live");
    drawAnswer(live.bubble, result, words);
    if (result.ordinal === state.seen + 1) state.seen = result.ordinal;
    state.own.add(result.turn);
    state.last = { author: "bot", ...result };
    frame.count();
  }
  finish();
  refresh();
}

/** Stopped by the visitor, or because a member of staff took over. */
async function stopped(live) {
  const now = await api.messages(state.seen).catch(() => null);
  if (now && !now.answer && (now.is_with_person || now.queue || now.turns.length)) {
    live.message.remove();
    finish();
    await show(now);
    return;
  }
  offerRetry(words.stopped, words.answer_again, live);
}

function offerRetry(sentence, label, live = log.addMessage("bot")) {
  live.meta.textContent = words.assistant;
  live.bubble.hidden = false;
  live.bubble.removeAttribute("aria-busy");
  live.bubble.classList.add("bubble-notice");
  live.bubble.textContent = sentence;
  const choices = element("div", "offers");
  log.addChoice(choices, label, async () => {
    live.message.remove();
    try {
      follow((await api.post("retry/")).events);
    } catch {
      await refresh();
    }
  });
  log.addChoice(choices, words.person, () => live.message.remove() ?? act("person/"));
  live.message.append(choices);
  log.toEnd();
  finish();
}

function finish() {
  state.stream?.close();
  state.stream = state.live = null;
  setAnswering(false);
}

function setAnswering(isAnswering) {
  stop.hidden = !isAnswering;
  drawSend();
}

/* ---- sending: one after another, kept until each has arrived ---- */

function submit(text, files = []) {
  const drawn = log.addMessage("visitor");
  drawn.bubble.textContent = text || files.map(({ name }) => name).join(", ");
  drawFiles(drawn, files);
  state.outbox.push({ text, key: newKey(), files: files.map(({ id }) => id), message: drawn.message });
  keepOutbox();
  flush();
}

function keepOutbox() {
  const messages = state.outbox.map(({ text, key, files }) => ({ text, key, files }));
  write(UNSENT, messages.length ? { visitor: writer(), messages } : null);
}

/** Whom the shop vouches for; nobody on a device where that is not known. */
function writer() {
  return api.visitor ?? api.session?.visitor;
}

async function flush() {
  if (state.isSending) return;
  state.isSending = true;
  try {
    while (state.outbox.length && (await deliver(state.outbox[0]))) {
      state.outbox.shift();
      keepOutbox();
    }
  } finally {
    state.isSending = false;
  }
}

/** Whether the message is off the list: it arrived, or can never be read. */
async function deliver(delivery) {
  const { message } = delivery;
  message.querySelector(".not-sent")?.remove();
  message.setAttribute("aria-busy", "true");
  try {
    await arrived(await api.send(delivery));
    return true;
  } catch (error) {
    if (error.status === undefined) throw error;
    if (api.isOver(error)) {
      api.forget();
      state.seen = 0;
      return await deliver(delivery);
    }
    notSent(message, error);
    return error.status === 400;
  } finally {
    message.removeAttribute("aria-busy");
  }
}

async function arrived(received) {
  state.live?.message.remove();
  finish();
  state.own.add(received.turn.id);
  if (received.turn.ordinal === state.seen + 1) drawMessage(received.turn);
  drawStanding(received);
  if (received.answer) follow(received.answer.events);
  else await refresh();
}

function notSent(message, { status }) {
  const sentence = { 0: words.not_sent, 400: words.unusable, 429: words.too_fast }[status] ?? words.not_now;
  const note = element("p", "message-meta not-sent", `${sentence} `);
  if (status !== 400) log.addChoice(note, words.send_again, flush);
  message.append(note);
  log.toEnd();
  schedule(IDLE_PAUSE);
}

/* ---- what happened elsewhere: staff, another tab, before a reload ---- */

async function refresh() {
  if (!api.session || document.hidden) return;
  try {
    await show(await api.messages(state.seen));
  } catch (error) {
    if (error.status === undefined) throw error;
    if (api.isOver(error)) startAnew();
  }
}

async function show(now) {
  now.turns.forEach(drawMessage);
  drawStanding(now);
  if (!now.answer || state.stream) {
    drawOffers(now);
    return;
  }
  if (now.answer.state === "queued" || now.answer.state === "running") follow(now.answer.events);
  else if (!document.querySelector(".bubble-notice")) {
    const isStopped = now.answer.state === "cancelled";
    offerRetry(isStopped ? words.stopped : words.failed, isStopped ? words.answer_again : words.retry);
  }
}

function schedule(pause) {
  clearTimeout(state.timer);
  state.timer = setTimeout(async () => {
    await flush();
    if (!state.stream) await refresh();
    if (api.session || state.outbox.length) schedule(pause);
  }, pause);
}

function startAnew() {
  clearTimeout(state.timer);
  api.forget();
  finish();
  Object.assign(state, { seen: 0, last: null });
  log.clear();
  standing.textContent = "";
  fresh.hidden = true;
  drawForms({ is_first: texts.is_closed });
  field.focus();
}

/* ---- the composer ---- */

function drawSend() {
  send.disabled = attached.uploads > 0 || !(field.value.trim() || attached.files.length);
  send.hidden = !stop.hidden && send.disabled;
}

async function attach(files) {
  const chosen = [...files]; // The browser takes its own list back once the event is over.
  if (texts.accepts_files && chosen.length) (await tray()).add(chosen);
}

composer.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (send.disabled) return;
  const text = field.value.trim();
  field.value = "";
  submit(text, attached.files.length ? (await tray()).take() : []);
  drawSend();
});

picker?.addEventListener("change", () => {
  attach(picker.files);
  picker.value = "";
});
addEventListener("paste", ({ clipboardData }) => attach(clipboardData.files));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  attach(event.dataTransfer.files);
});
voice.hidden = !(texts.accepts_files && isSecureContext && window.MediaRecorder);
voice.addEventListener("click", async () => (await microphone()).toggle());

field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});

field.addEventListener("input", drawSend);
stop.addEventListener("click", () => api.post("cancel/").catch(() => undefined));
fresh.addEventListener("click", startAnew);
addEventListener("online", flush);
document.addEventListener("visibilitychange", () => state.stream || refresh());

// Somebody may have typed before this was fetched.
drawSend();
const unsent = read(UNSENT);
if (frame.identity || api.session?.visitor) await (await import("./chat_identity.js")).identify(api, frame.identity);
if (!api.session) drawForms({ is_first: texts.is_closed });
await refresh();
frame.begin();
// What somebody else wrote on this device is not sent in this visitor's name. What is written meanwhile comes behind.
const own = unsent?.visitor === writer() ? (unsent?.messages ?? []) : [];
state.outbox.unshift(
  ...own.map((kept) => {
    const { message, bubble } = log.addMessage("visitor");
    bubble.textContent = kept.text;
    return { ...kept, message };
  }),
);
keepOutbox();
state.isSending = false;
flush();
if (!frame.isEmbedded) field.focus();
