const FIRST_PAUSE_MILLISECONDS = 500;
const MAX_PAUSE_MILLISECONDS = 15_000;
const ENDS = new Set(["done", "error", "cancelled"]);

/**
 * Follows server-sent events: a job's to its end, a feed until it is closed.
 *
 * `callbacks` by event type get its payload; of a job: queued, stage, progress, delta, evidence, citation, segment, usage,
 * restart (throw away the text so far), gap, done, error, cancelled. `lost()` when the connection breaks, `back()` when
 * it works; an answer that is no stream (401, 404, a page) calls `refused(status)` and ends.
 *
 * Reconnects after the last event, so nothing is doubled or missed. With `fetch`: EventSource hides the status and
 * sends no `authorization`, and a token in the address would end up in logs. {close} stops following, not the job.
 */
export function followEvents(url, callbacks, { authorization } = {}) {
  const control = new AbortController();
  const state = { lastEventId: "", pause: FIRST_PAUSE_MILLISECONDS, isOver: false };
  const isOver = () => state.isOver || control.signal.aborted;

  const readOnce = async () => {
    const headers = { Accept: "text/event-stream" };
    if (authorization) headers.Authorization = authorization;
    if (state.lastEventId) headers["Last-Event-ID"] = state.lastEventId;
    const answer = await fetch(url, { headers, signal: control.signal, cache: "no-store" });
    if (isRefused(answer)) {
      state.isOver = true;
      callbacks.refused?.(answer.status);
      return;
    }
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    state.pause = FIRST_PAUSE_MILLISECONDS;
    callbacks.back?.();
    for await (const { id, type, data } of events(answer.body)) {
      if (isOver()) return;
      if (id) state.lastEventId = id;
      state.isOver = ENDS.has(type);
      callbacks[type]?.(JSON.parse(data));
    }
  };

  const run = async () => {
    while (!isOver()) {
      try {
        await readOnce();
      } catch (error) {
        if (!control.signal.aborted) console.warn("stream interrupted, trying again:", error);
      }
      if (isOver()) return;
      callbacks.lost?.();
      await new Promise((resolve) => setTimeout(resolve, state.pause));
      state.pause = Math.min(state.pause * 2, MAX_PAUSE_MILLISECONDS);
    }
  };

  run();
  return { close: () => control.abort() };
}

/** Also a page instead of a stream: that of signing in, to which whoever is signed out is led. */
function isRefused({ status, ok, headers }) {
  if (ok) return !headers.get("Content-Type")?.startsWith("text/event-stream");
  return status >= 400 && status < 500 && status !== 429;
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const frames = (rest + value).split("\n\n");
      rest = frames.pop();
      for (const frame of frames) {
        const event = parsed(frame);
        if (event) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

function parsed(frame) {
  const event = { id: "", type: "", data: "" };
  for (const line of frame.split("\n")) {
    if (line.startsWith("id: ")) event.id = line.slice(4);
    else if (line.startsWith("event: ")) event.type = line.slice(7);
    else if (line.startsWith("data: ")) event.data = line.slice(6);
  }
  return event.type && event.data ? event : null;
}
