import { followJob } from "../jobs/follow.js";

/** Progress of the draft. What arrives before the end is shown as plain words; the finished page comes anew. */
export function followDraft(desk) {
  const bar = desk.querySelector("[data-progress]");
  const arriving = desk.querySelector("[data-arriving]");
  const reload = () => location.reload();
  followJob(desk.dataset.events, {
    stage: ({ stage, label }) => {
      desk.querySelector("[data-stage]").textContent = label ?? desk.dataset[stage] ?? "";
    },
    progress: ({ done, total }) => {
      bar.max = Math.max(total, 1);
      bar.value = done;
    },
    segment: ({ title, text }) => {
      const row = document.createElement("li");
      row.textContent = [title, text].filter(Boolean).join(": ");
      arriving.append(row);
    },
    restart: () => arriving.replaceChildren(),
    done: reload,
    error: reload,
    cancelled: reload,
  });
}
