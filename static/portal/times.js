const language = document.documentElement.lang || "en";
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
/** The clocks of the page are the organisation's, wherever the browser is. */
export const timeZone = document.body.dataset.timeZone || undefined;
const shortDate = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone });
const STEPS = [
  ["second", 1, 45],
  ["minute", 60, 45 * 60],
  ["hour", 3600, 22 * 3600],
  ["day", 86400, 7 * 86400],
];

/** “3 minutes ago” within a week, the date beyond it. */
export function relativeText(moment, now = Date.now()) {
  const seconds = (moment.getTime() - now) / 1000;
  for (const [unit, size, limit] of STEPS) {
    if (Math.abs(seconds) < limit) return relative.format(Math.round(seconds / size), unit);
  }
  return shortDate.format(moment);
}

function refreshTimes(scope = document) {
  for (const element of scope.querySelectorAll("time[data-relative]")) {
    const text = relativeText(new Date(element.dateTime));
    if (element.textContent !== text) element.textContent = text;
  }
}

export function startTimes() {
  refreshTimes();
  setInterval(refreshTimes, 20_000);
  document.addEventListener("htmx:load", (event) => refreshTimes(event.target.parentElement ?? document));
}
