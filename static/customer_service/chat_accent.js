/** The shop's own colour, with letters on it that can be read. */
export function paint(accent) {
  if (!/^#[0-9a-f]{6}$/i.test(accent)) return;
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(accent.slice(at, at + 2), 16));
  const style = document.documentElement.style;
  style.setProperty("--accent", accent);
  style.setProperty("--accent-strong", `color-mix(in srgb, ${accent} 70%, var(--ink))`);
  style.setProperty("--accent-soft", `color-mix(in srgb, ${accent} 14%, var(--surface))`);
  style.setProperty("--on-accent", red * 0.299 + green * 0.587 + blue * 0.114 > 150 ? "#000" : "#fff");
}
