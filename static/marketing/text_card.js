/** The card of a text that is being written: its heading, where it stands, and room for the words as they come. */
export function textCard(heading, waiting) {
  const element = document.createElement("article");
  element.className = "card stack stack-tight";
  const head = document.createElement("p");
  head.className = "row small";
  const name = document.createElement("strong");
  name.textContent = heading;
  const state = document.createElement("span");
  state.className = "faint";
  state.textContent = waiting;
  head.append(name, state);
  const text = document.createElement("p");
  text.className = "marketing-text";
  text.dir = "auto";
  element.append(head, text);
  return { element, text, state };
}
