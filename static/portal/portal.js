import { startCopying } from "./copy.js";
import { startForms } from "./forms.js";
import { startMenus } from "./menus.js";
import { startShortcuts } from "./shortcuts.js";
import { startTabs } from "./tabs.js";
import { startTheme } from "./theme.js";
import { startTimes } from "./times.js";
import { startToasts } from "./toasts.js";
import { startUnattended } from "./unattended.js";

startTheme();
startMenus();
startShortcuts();
startTabs();
startTimes();
startCopying();
startForms();
startToasts();
startUnattended();
