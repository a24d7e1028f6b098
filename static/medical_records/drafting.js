import { followEvents } from "../jobs/event_stream.js";

/** Progress of the draft, section by section. What it says comes with the finished page, checked as a whole. */
export function followDraft(desk) {
  const bar = desk.querySelector("[data-progress]");
  const reload = () => location.reload();
  followEvents(desk.dataset.events, {
    stage: ({ stage }) => {
      desk.querySelector("[data-stage]").textContent = desk.dataset[stage] ?? "";
    },
    progress: ({ done, total }) => {
      bar.max = Math.max(total, 1);
      bar.value = done;
    },
    section: ({ section }) => {
      const row = desk.querySelector(`[data-section="${CSS.escape(section)}"]`);
      if (row) row.dataset.done = "yes";
    },
    restart: () => {
      for (const row of desk.querySelectorAll("[data-section]")) delete row.dataset.done;
    },
    done: reload,
    error: reload,
    cancelled: reload,
  });
}
