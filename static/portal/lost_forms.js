import { toast } from "./toasts.js";

const KEY = "sent form";
const BOX = "[type=checkbox], [type=radio]";
const TYPED = "input:not([type=hidden], [type=password], [type=file], [type=submit], [type=button]), textarea, select";

/** What a page that refused a form shows of it; and a form that did not arrive stands there again as it was typed. */
export function startLostForms() {
  const sent = JSON.parse(sessionStorage.getItem(KEY));
  const notice = document.querySelector("[data-lost-form]");
  if (!sent || (!notice && document.querySelector(".entrance"))) return;
  if (notice) return tell(notice, sent);
  sessionStorage.removeItem(KEY);
  const isHere = sent.page === location.pathname + location.search && sent.person === document.body.dataset.person;
  if (sent.isLost && isHere && fill(sent)) toast(document.getElementById("toasts").dataset.restored, "warn");
}

/** Called as a form leaves; the next page says whether it arrived. */
export function keepSent(form) {
  if (form.closest(".entrance")) return;
  const typed = [...form.querySelectorAll(TYPED)].filter(({ name, disabled }) => name && !disabled).map((field) => ({
    name: field.name,
    value: field.value,
    isOn: field.checked ?? [...(field.selectedOptions ?? [])].map(({ value }) => value),
    label: field.labels?.[0]?.firstChild?.textContent.trim() || field.getAttribute("aria-label") || "",
    isText: field.matches("textarea, [type=text], :not([type], select, textarea)"),
  }));
  // A mere button, as that of signing out, has nothing to lose.
  if (!typed.length) return sessionStorage.removeItem(KEY);
  const page = location.pathname + location.search;
  const sent = { page, person: document.body.dataset.person, action: form.getAttribute("action"), typed };
  sessionStorage.setItem(KEY, JSON.stringify(sent));
}

function tell(notice, sent) {
  sessionStorage.setItem(KEY, JSON.stringify({ ...sent, isLost: true }));
  const texts = sent.typed.filter(({ isText, value }) => isText && value.trim());
  notice.hidden = !texts.length;
  notice.querySelector("[data-lost-texts]")?.replaceChildren(...texts.map(({ label, value }) => {
    const field = Object.assign(document.createElement("label"), { className: "field", textContent: label });
    field.append(Object.assign(document.createElement("textarea"), { value, readOnly: true, className: "input", rows: 3 }));
    return field;
  }));
}

function fill({ action, typed }) {
  const form = [...document.forms].find((each) => each.method === "post" && each.getAttribute("action") === action);
  if (!form) return false;
  const left = [...form.querySelectorAll(TYPED)];
  for (const { name, value, isOn } of typed) {
    const place = left.findIndex((each) => each.name === name && (!each.matches(BOX) || each.value === value));
    const [field] = place < 0 ? [] : left.splice(place, 1);
    if (!field) continue;
    if (field.matches(BOX)) field.checked = isOn;
    else if (field.multiple) for (const option of field.options) option.selected = isOn.includes(option.value);
    else field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  return true;
}
