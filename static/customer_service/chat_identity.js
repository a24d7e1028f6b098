/** Who the shop says the visitor is. What somebody else began on this device is not shown to them. */
export async function identify(api, signed) {
  let known = null;
  try {
    if (signed) known = await api.call("POST", `${api.root}identity/`, { channel: api.channel, identity: signed });
  } catch ({ status, message }) {
    if (!(status >= 400 && status < 500)) return;
    console.warn(`Kongming: the visitor stays anonymous. ${message}`);
  }
  api.identity = known ? signed : "";
  api.visitor = known?.visitor;
  if (known?.token) api.keep(known);
  else if (api.session && api.session.visitor !== api.visitor) api.forget();
}
