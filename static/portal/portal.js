import { startCopying } from "./copy.js";
import { startForms } from "./forms.js";
import { startMenus } from "./menus.js";
import { startShortcuts } from "./shortcuts.js";
import { startTheme } from "./theme.js";
import { startTimes } from "./times.js";
import { startToasts } from "./toasts.js";

startTheme();
startMenus();
startShortcuts();
startTimes();
startCopying();
startForms();
startToasts();
