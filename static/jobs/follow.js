const TYPES = ["stage", "progress", "delta", "evidence", "citation", "segment", "settled", "section", "usage", "restart", "gap", "done", "error", "cancelled"];
const ENDS = new Set(["done", "error", "cancelled"]);
const FIRST_PAUSE_MILLISECONDS = 500;
const LONGEST_PAUSE_MILLISECONDS = 15_000;

/**
 * Follows a job's event stream to its end.
 *
 * `callbacks` are functions by event type: stage, progress, delta, evidence, citation, usage, restart, gap, done, error,
 * cancelled; each gets the event's payload (`delta`: {text}, `stage`: {stage}, `progress`: {done, total}). Also
 * `lost()` when the connection breaks and `back()` when it works again; an answer that is no stream (401, 404)
 * calls `refused()` and ends. After `restart` throw away the text received so far.
 *
 * Reconnects after the last event received, so nothing is doubled and nothing is missed.
 * Returns {close}, which stops following; the job goes on.
 */
export function followJob(url, callbacks) {
  const state = { source: null, lastEventId: "", timer: 0, pause: FIRST_PAUSE_MILLISECONDS, isClosed: false };

  const close = () => {
    state.isClosed = true;
    clearTimeout(state.timer);
    state.source?.close();
  };

  const receive = (event) => {
    if (!isServerEvent(event) || state.isClosed) return;
    if (event.lastEventId) state.lastEventId = event.lastEventId;
    if (ENDS.has(event.type)) close();
    callbacks[event.type]?.(JSON.parse(event.data));
  };

  const reconnect = () => {
    if (state.isClosed) return;
    state.source.close();
    callbacks.lost?.();
    state.timer = setTimeout(connect, state.pause);
    state.pause = Math.min(state.pause * 2, LONGEST_PAUSE_MILLISECONDS);
  };

  const connect = () => {
    state.source = new EventSource(resumed(url, state.lastEventId));
    state.source.addEventListener("open", () => {
      state.pause = FIRST_PAUSE_MILLISECONDS;
      callbacks.back?.();
    });
    for (const type of TYPES) state.source.addEventListener(type, receive);
    state.source.addEventListener("error", async (event) => {
      if (isServerEvent(event) || state.isClosed) return;
      if (state.source.readyState === EventSource.CLOSED && (await isRefused(url))) {
        close();
        callbacks.refused?.();
        return;
      }
      reconnect();
    });
  };

  connect();
  return { close };
}

/** The connection's own "error" event carries no data; the job's "error" event does. */
const isServerEvent = (event) => typeof event.data === "string";

function resumed(url, lastEventId) {
  const address = new URL(url, location.href);
  if (lastEventId) address.searchParams.set("last_event_id", lastEventId);
  return address;
}

/** EventSource hides the status; one look tells a stream that is away from one that is not ours. */
async function isRefused(url) {
  const control = new AbortController();
  try {
    const answer = await fetch(url, { signal: control.signal, headers: { Accept: "text/event-stream" } });
    return answer.status >= 400 && answer.status < 500 && answer.status !== 429;
  } catch {
    return false;
  } finally {
    control.abort();
  }
}
