/** Tells the server which requests nobody made: an open page that asks for news keeps nobody signed in. */
export function startUnattended() {
  document.body.addEventListener("htmx:configRequest", ({ detail }) => {
    if (!detail.triggeringEvent?.isTrusted) detail.headers["X-Unattended"] = "1";
  });
}
