import { element } from "./chat_log.js";

const MARK = /\[(\d{1,2})\]/;

/** Draws a finished answer into `bubble` and its sources after it. Text only ever enters as text nodes. */
export function drawAnswer(bubble, answer, words) {
  const sources = new Map(answer.citations.map((citation) => [citation.number, sourceItem(citation, words)]));
  bubble.replaceChildren(...pieces(answer, sources, words));
  bubble.removeAttribute("aria-busy");
  bubble.parentElement.querySelector(".sources")?.remove();
  bubble.parentElement.querySelector(".evidence")?.remove();
  if (answer.sentences.some((sentence) => !sentence.is_supported)) {
    bubble.after(element("p", "message-meta unsupported-note", words.unsupported_note));
  }
  if (sources.size) bubble.parentElement.append(sourceList(sources, words));
}

/** What is being read for the answer, above the place where that will stand. The finished answer takes it away. */
export function drawEvidence(bubble, { document_title: title, heading, text }) {
  bubble.parentElement.querySelector(".evidence")?.remove();
  const evidence = element("figure", "evidence");
  const passage = element("blockquote", "source-quote", text);
  passage.dir = "auto";
  evidence.append(element("figcaption", "source-title", heading ? `${title} · ${heading}` : title), passage);
  bubble.before(evidence);
}

/** Places are counted in code points, as Python does; JavaScript's own strings count UTF-16 units. */
function cutter(text) {
  const points = Array.from(text);
  return (start, end) => points.slice(start, end).join("");
}

function pieces(answer, sources, words) {
  const nodes = [];
  const cut = cutter(answer.text);
  let at = 0;
  for (const { start, end, is_supported: isSupported } of answer.sentences) {
    nodes.push(...marked(cut(at, start), sources, words));
    const sentence = marked(cut(start, end), sources, words);
    nodes.push(...(isSupported ? sentence : [unsupported(sentence, words)]));
    at = end;
  }
  nodes.push(...marked(cut(at), sources, words));
  return nodes;
}

/** A number of no source is a part of the text: saved answers and quoted documents have brackets of their own. */
function marked(text, sources, words) {
  return text.split(MARK).map((part, index) => {
    if (index % 2 === 0) return part;
    const source = sources.get(Number(part));
    return source ? chip(part, source, words) : `[${part}]`;
  });
}

function chip(number, source, words) {
  const button = element("button", "citation", number);
  button.type = "button";
  button.setAttribute("aria-label", `${words.source} ${number}`);
  button.setAttribute("aria-expanded", "false");
  const details = source.querySelector("details");
  button.addEventListener("click", () => {
    details.open = !details.open;
    button.setAttribute("aria-expanded", String(details.open));
    if (details.open) details.scrollIntoView({ block: "nearest", behavior: "smooth" });
  });
  return button;
}

function unsupported(nodes, words) {
  const span = element("span", "unsupported");
  span.title = words.unsupported;
  span.append(...nodes);
  return span;
}

function sourceList(sources, words) {
  const list = element("ul", "sources");
  list.setAttribute("aria-label", words.sources);
  list.append(...sources.values());
  return list;
}

function sourceItem({ number, document_title: title, heading, text, start, end }, words) {
  const item = element("li");
  const details = element("details", "source");
  const summary = element("summary");
  const mark = element("span", "citation", number);
  mark.setAttribute("aria-label", `${words.source} ${number}`);
  summary.append(mark, element("span", "source-title", heading ? `${title} · ${heading}` : title));
  details.append(summary, quote(text, start, end));
  item.append(details);
  return item;
}

function quote(text, start, end) {
  const paragraph = element("p", "source-quote", start === null ? text : "");
  paragraph.dir = "auto";
  if (start !== null) {
    const cut = cutter(text);
    paragraph.append(cut(0, start), element("mark", "", cut(start, end)), cut(end));
  }
  return paragraph;
}
