const FIRST_PAUSE_MILLISECONDS = 1000;
const LONGEST_PAUSE_MILLISECONDS = 30_000;
const TYPES = ["moved", "presence", "gap"];

/**
 * Follows what moves at the desk: `hear(type, body)` for `moved`, `presence` and `gap` (look at everything again).
 *
 * A browser opens few connections to one server, and staff open many tabs. So one tab, whichever holds the lock of this
 * `name`, has the connection and tells the others.
 */
export function followDesk(url, name, hear) {
  if (!navigator.locks || !window.BroadcastChannel) {
    connect(url, hear);
    return;
  }
  const channel = new BroadcastChannel(name);
  channel.addEventListener("message", ({ data }) => hear(data.type, data.body));
  const tell = (type, body) => {
    hear(type, body);
    channel.postMessage({ type, body });
  };
  navigator.locks.request(name, () => {
    connect(url, tell);
    return new Promise(() => {}); // held until the tab goes
  });
}

function connect(url, hear, pause = FIRST_PAUSE_MILLISECONDS) {
  const source = new EventSource(url);
  let nextPause = Math.min(pause * 2, LONGEST_PAUSE_MILLISECONDS);
  source.addEventListener("open", () => {
    nextPause = FIRST_PAUSE_MILLISECONDS;
    hear("gap", {});
  });
  for (const type of TYPES) {
    source.addEventListener(type, (event) => hear(type, JSON.parse(event.data)));
  }
  // A broken connection the browser opens again by itself, an answer that is no stream it does not.
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(() => connect(url, hear, nextPause), pause);
  });
}
