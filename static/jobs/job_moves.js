import { followEvents } from "./event_stream.js";

let followed = "";
let stream;

const elements = () => [...document.querySelectorAll("[data-jobs]")];
const jobsOf = (element) => element.dataset.jobs.split(" ").filter(Boolean);

function tell(job) {
  for (const element of elements()) {
    if (!job || jobsOf(element).includes(job)) element.dispatchEvent(new CustomEvent("moved"));
  }
}

/** One stream for all the jobs that the page shows as under way; none while nobody looks. */
function follow() {
  const jobs = document.hidden ? [] : [...new Set(elements().flatMap(jobsOf))];
  const query = jobs.map((job) => `job=${job}`).join("&");
  if (query === followed) return;
  followed = query;
  stream?.close?.();
  // While there was no connection nobody listened, so the page looks when there is one.
  const hear = { moved: ({ job }) => tell(job), back: () => tell() };
  stream = query && followEvents(`${document.body.dataset.jobMoves}?${query}`, hear);
}

/** Elements with `data-jobs="id id"` get the event `moved` when one of those jobs did. */
export function startJobMoves() {
  follow();
  document.addEventListener("htmx:afterSettle", follow);
  document.addEventListener("visibilitychange", follow);
}
