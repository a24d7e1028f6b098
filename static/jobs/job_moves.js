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
  stream?.close();
  stream = undefined;
  if (!query) return;
  stream = followEvents(`${document.body.dataset.jobMoves}?${query}`, {
    moved: ({ job }) => tell(job),
    // While there was no connection nobody listened.
    back: () => tell(),
  });
}

/** Elements with `data-jobs="id id"` get the event `moved` when one of those jobs did. */
export function startJobMoves() {
  follow();
  document.addEventListener("htmx:afterSettle", follow);
  document.addEventListener("visibilitychange", follow);
}
