import { followFeed } from "../jobs/live_feed.js";
import { refreshed } from "../portal/refreshed.js";

const { live, member } = document.querySelector("[data-live]").dataset;
const refresh = refreshed("queue");

followFeed(live, { name: `desk ${member}`, types: ["moved", "presence"], hear: (type) => type !== "presence" && refresh() });
