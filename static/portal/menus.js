/** Menus (<details class="menu">), the drawer on phones, and dialogs opened by data-open-dialog="<id>". */
export function startMenus() {
  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details.menu"));
    const opener = event.target.closest("[data-open-dialog]");
    if (opener) openDialog(opener.dataset.openDialog);
    if (event.target.closest("[data-drawer-open]")) setDrawer(true);
    if (event.target.closest("[data-drawer-close]")) setDrawer(false);
    if (event.target.matches("dialog.dialog")) event.target.close();
    if (event.target.closest("[data-close-dialog]")) event.target.closest("dialog").close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    closeMenus(null);
    setDrawer(false);
  });
}

export function openDialog(id) {
  closeMenus(null);
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu === except) continue;
    const hadFocus = menu.contains(document.activeElement);
    menu.open = false;
    if (hadFocus) menu.querySelector("summary").focus();
  }
}

function setDrawer(isOpen) {
  const drawer = document.getElementById("sidebar");
  if (!drawer || drawer.hasAttribute("data-open") === isOpen) return;
  drawer.toggleAttribute("data-open", isOpen);
  const opener = document.querySelector("[data-drawer-open]");
  opener?.setAttribute("aria-expanded", String(isOpen));
  (isOpen ? drawer.querySelector("a, button") : opener)?.focus();
}
