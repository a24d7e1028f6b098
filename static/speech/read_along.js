import { followEvents } from "../jobs/event_stream.js";

/**
 * Shows in `list` what a recording's job writes down, as it comes. `template` holds one row with [data-time] and
 * [data-text]. What is provisional is shown at once, and goes when what was settled takes its place.
 *
 * `callbacks` as of `followEvents`. Returns {close}.
 */
export function readAlong(events, { list, template, callbacks = {} }) {
  return followEvents(events, {
    ...callbacks,
    segment: (segment) => list.append(rowOf(segment, template)),
    settled: ({ until }) => {
      for (const row of list.querySelectorAll("[data-provisional]")) if (Number(row.dataset.segment) < until) row.remove();
    },
    restart: () => list.replaceChildren(),
  });
}

function rowOf({ start, text, is_provisional: isProvisional }, template) {
  const row = template.content.firstElementChild.cloneNode(true);
  row.dataset.segment = start;
  if (isProvisional) row.dataset.provisional = "yes";
  const time = row.querySelector("[data-time]");
  time.dataset.play = start;
  time.textContent = clock(start);
  row.querySelector("[data-text]").textContent = text;
  return row;
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 60) % 60, String(whole % 60).padStart(2, "0")];
  const hours = Math.floor(whole / 3600);
  return (hours ? [hours, String(parts[0]).padStart(2, "0"), parts[1]] : parts).join(":");
}
