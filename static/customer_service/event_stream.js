const FIRST_PAUSE_MILLISECONDS = 500;
const LONGEST_PAUSE_MILLISECONDS = 15_000;
const ENDS = new Set(["done", "error", "cancelled"]);

/**
 * Follows server-sent events with a header, which EventSource cannot send; a token in the address would end up in logs.
 *
 * `callbacks` are functions by event type; also `lost()`, `back()` and `refused(status)`.
 * Reconnects after the last event received. Returns {close}.
 */
export function followWithToken(url, token, callbacks) {
  const control = new AbortController();
  const state = { lastEventId: "", pause: FIRST_PAUSE_MILLISECONDS, isOver: false };

  const receive = ({ id, type, data }) => {
    if (id) state.lastEventId = id;
    if (ENDS.has(type)) state.isOver = true;
    callbacks[type]?.(JSON.parse(data));
  };

  const once = async () => {
    const headers = { Authorization: `Visitor ${token}`, Accept: "text/event-stream" };
    if (state.lastEventId) headers["Last-Event-ID"] = state.lastEventId;
    const answer = await fetch(url, { headers, signal: control.signal, cache: "no-store" });
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
      state.isOver = true;
      callbacks.refused?.(answer.status);
      return;
    }
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    state.pause = FIRST_PAUSE_MILLISECONDS;
    callbacks.back?.();
    for await (const event of events(answer.body)) {
      receive(event);
      if (state.isOver) break;
    }
  };

  const run = async () => {
    while (!state.isOver && !control.signal.aborted) {
      try {
        await once();
      } catch (error) {
        if (!control.signal.aborted) console.warn("answer interrupted, trying again:", error);
      }
      if (state.isOver || control.signal.aborted) return;
      callbacks.lost?.();
      await new Promise((resolve) => setTimeout(resolve, state.pause));
      state.pause = Math.min(state.pause * 2, LONGEST_PAUSE_MILLISECONDS);
    }
  };

  run();
  return { close: () => control.abort() };
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
