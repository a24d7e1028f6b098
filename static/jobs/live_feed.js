import { followEvents } from "./event_stream.js";

const RETRY_MILLISECONDS = 15_000;

/**
 * Follows an endless feed as `followEvents` does, with one connection for all tabs: `hear(type, body)` for each of
 * `types`, and "gap" (look at everything again) whenever the connection is new.
 *
 * A browser opens few connections to one server, and staff open many tabs. So one tab, whichever holds the lock of this
 * `name`, has the connection and tells the others.
 */
export function followFeed(url, { name, types, hear }) {
  const connect = (tell) => {
    const heard = [...types, "gap"].map((type) => [type, (body) => tell(type, body)]);
    const retry = () => setTimeout(() => connect(tell), RETRY_MILLISECONDS);
    followEvents(url, { ...Object.fromEntries(heard), back: () => tell("gap", {}), refused: retry });
  };
  if (!navigator.locks || !window.BroadcastChannel) {
    connect(hear);
    return;
  }
  const channel = new BroadcastChannel(name);
  channel.addEventListener("message", ({ data }) => hear(data.type, data.body));
  navigator.locks.request(name, () => {
    connect((type, body) => {
      hear(type, body);
      channel.postMessage({ type, body });
    });
    return new Promise(() => {}); // held until the tab goes
  });
}
