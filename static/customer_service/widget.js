(function ({ sites, words }) {
  const script = document.currentScript;
  const home = new URL(script.src);
  const options = script.dataset;
  const channel = home.pathname.match(/([^/]+)\.js$/)[1];
  const key = `kongming.widget.${channel}`;
  const spoken = options.language || document.documentElement.lang || navigator.language;
  const language = spoken.startsWith("zh") ? "zh-hans" : "en";
  const accent = /^#[0-9a-f]{6}$/i.test(options.accent) ? options.accent : "#2a7464";
  const say = words[language];

  const isAllowed = [home.origin, ...sites].some((site) =>
    site.includes("://*.")
      ? location.origin.startsWith(site.split("*")[0]) && location.origin.endsWith(site.split("*")[1])
      : site === location.origin,
  );
  if (!isAllowed) {
    console.warn(`Kongming: ${location.origin} is not among this channel's sites.`);
    return;
  }

  const STYLE = `
    :host { all: initial; position: fixed; z-index: 2147483000; inset-block-end: 20px; }
    :host, div { inset-inline: ${options.position === "start" ? "20px auto" : "auto 20px"}; }
    button { position: relative; display: grid; place-items: center; width: 56px; height: 56px; border: 0; border-radius: 50%;
      background: ${accent}; color: ${ink(accent)}; box-shadow: 0 6px 20px rgb(0 0 0 / 25%); cursor: pointer; }
    button:focus-visible { outline: 3px solid ${accent}; outline-offset: 3px; }
    svg { width: 26px; fill: none; stroke: currentColor; stroke-width: 2; }
    b { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-width: 20px; border-radius: 10px;
      background: #ad3a28; color: #fff; font: 600 12px/20px system-ui, sans-serif; text-align: center; }
    [hidden] { display: none !important; }
    div { position: fixed; inset-block-end: 88px; width: min(400px, calc(100vw - 40px));
      height: min(640px, calc(100dvh - 108px)); border-radius: 14px; overflow: hidden; background: #fffefb;
      box-shadow: 0 12px 40px rgb(0 0 0 / 30%); }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    @media (max-width: 520px) { div { inset: 0; width: 100%; height: 100dvh; border-radius: 0; } div:not([hidden]) + button { display: none; } }
    @media (prefers-reduced-motion: no-preference) { div { animation: rise 160ms ease-out; } @keyframes rise { from { opacity: 0; translate: 0 12px; } } }
  `;

  const host = document.createElement("kongming-chat");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const panel = document.createElement("div");
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", say.open);
  panel.hidden = true;
  const button = document.createElement("button");
  button.type = "button";
  const badge = document.createElement("b");
  badge.hidden = true;
  button.append(icon(), badge);
  root.append(panel, button);
  let frame = null;
  let isReady = false;

  function load() {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.title = say.open;
    frame.allow = "microphone";
    frame.sandbox = "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads";
    const asked = new URLSearchParams({ embedded: 1, language, ...(options.accent ? { accent } : {}) });
    const identity = options.identity ? `#${new URLSearchParams({ identity: options.identity })}` : "";
    frame.src = `${home.origin}${home.pathname.replace(/widget\/[^/]+$/, `c/${channel}/`)}?${asked}${identity}`;
    panel.append(frame);
  }

  function show(isShown, isFocused = true) {
    if (isShown) load();
    panel.hidden = !isShown;
    button.setAttribute("aria-expanded", isShown);
    remember(isShown ? "open" : "closed");
    name(0);
    tell();
    if (isFocused) (isShown ? frame : button).focus();
  }

  function tell() {
    if (isReady) frame.contentWindow.postMessage({ type: "kongming:shown", isShown: !panel.hidden }, home.origin);
  }

  function name(unread) {
    badge.hidden = !unread;
    badge.textContent = unread;
    button.setAttribute("aria-label", !panel.hidden ? say.close : say.open + (unread ? `, ${unread} ${say.unread}` : ""));
  }

  /** Where storage is refused, each page begins with it closed. */
  function remember(value) {
    try {
      return value ? localStorage.setItem(key, value) : localStorage.getItem(key);
    } catch {
      return null;
    }
  }

  function icon() {
    const [svg, path] = ["svg", "path"].map((name) => document.createElementNS("http://www.w3.org/2000/svg", name));
    svg.setAttribute("viewBox", "0 0 24 24");
    path.setAttribute("d", "M21 12a8 8 0 0 1-8 8H4l2-3a8 8 0 1 1 15-5Z");
    svg.append(path);
    return svg;
  }

  function ink(colour) {
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    return red * 0.299 + green * 0.587 + blue * 0.114 > 150 ? "#000" : "#fff";
  }

  button.addEventListener("click", () => show(panel.hidden));
  root.addEventListener("keydown", (event) => event.key === "Escape" && !panel.hidden && show(false));
  addEventListener("message", ({ source, origin, data }) => {
    if (source === window && origin === location.origin && data?.type === "kongming:open") show(true);
    if (!frame || source !== frame.contentWindow || origin !== home.origin) return;
    if (data.type === "kongming:ready") {
      isReady = true;
      tell();
    }
    if (data.type === "kongming:close") show(false);
    if (data.type === "kongming:unread" && panel.hidden) name(data.count);
  });

  const begin = () => {
    document.body.append(host);
    name(0);
    if (remember() === "open") show(true, false);
    else if (remember()) load();
  };
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin);
})
