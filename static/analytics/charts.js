// Charts: the values of the day under the pointer, from the table behind the chart, what happened on it, and bars as shares.
// Without this script nothing is missing: the same values stand in the table.

const SVG = "http://www.w3.org/2000/svg";
// Of the inner drawing, each way (apps/analytics/charts.py).
const UNITS = 1000;

class ChartView {
  constructor(frame) {
    this.frame = frame;
    this.svg = frame.querySelector("svg");
    this.plot = this.svg.querySelector("svg");
    this.rows = [...(frame.parentElement.querySelector("[data-chart-numbers]")?.rows ?? [])];
    this.headings = [...(this.rows.shift()?.cells ?? [])].map((cell) => cell.textContent);
    this.band = UNITS / this.rows.length;
    this.first = this.band / 2;
    this.place = -1;
    this.marks = new Map(
      [...this.svg.querySelectorAll("circle.chart-mark")].map((mark) => [
        Math.round(((parseFloat(mark.getAttribute("cx")) / 100) * UNITS - this.first) / this.band),
        mark.querySelector("title").textContent,
      ]),
    );
    this.makeHover();
    this.makeViews();
  }

  makeHover() {
    this.line = document.createElementNS(SVG, "line");
    this.line.setAttribute("class", "chart-cursor");
    this.line.setAttribute("y2", UNITS);
    this.plot.append(this.line);
    this.box = document.createElement("div");
    this.box.className = "chart-hover";
    this.box.setAttribute("role", "status");
    this.box.hidden = true;
    this.frame.append(this.box);
    this.svg.tabIndex = 0;
    this.svg.addEventListener("pointermove", (event) => this.show(this.placeAt(event)));
    this.svg.addEventListener("pointerleave", () => this.hide());
    this.svg.addEventListener("blur", () => this.hide());
    this.svg.addEventListener("click", (event) => this.open(this.placeAt(event)));
    this.svg.addEventListener("keydown", (event) => this.press(event));
  }

  placeAt(event) {
    const box = this.svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * UNITS;
    return Math.min(this.rows.length - 1, Math.max(0, Math.round((x - this.first) / this.band)));
  }

  press(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) {
      event.preventDefault();
      this.show(Math.min(this.rows.length - 1, Math.max(0, this.place + step)));
    } else if (event.key === "Enter") {
      this.open(this.place);
    } else if (event.key === "Escape") {
      this.hide();
    }
  }

  show(place) {
    if (place === this.place || !this.rows[place]) return;
    this.place = place;
    const x = this.first + this.band * place;
    this.line.setAttribute("x1", x);
    this.line.setAttribute("x2", x);
    this.svg.classList.add("chart-active");
    this.svg.classList.toggle("chart-linked", Boolean(this.rows[place].querySelector("a")));
    const cells = [...this.rows[place].cells].map((cell) => cell.textContent);
    const list = document.createElement("dl");
    cells.slice(1).forEach((text, number) => {
      const name = document.createElement("dt");
      const value = document.createElement("dd");
      name.textContent = this.headings[number + 1];
      value.textContent = text;
      list.append(name, value);
    });
    const day = document.createElement("strong");
    day.textContent = cells[0];
    const mark = document.createElement("p");
    mark.textContent = this.marks.get(place) ?? "";
    mark.hidden = !mark.textContent;
    this.box.replaceChildren(day, list, mark);
    this.box.hidden = false;
    const share = x / UNITS;
    const left = share * this.svg.clientWidth + this.svg.getBoundingClientRect().left - this.frame.getBoundingClientRect().left;
    this.box.style.setProperty("left", `${share > 0.6 ? left - this.box.offsetWidth - 10 : left + 10}px`);
  }

  hide() {
    this.place = -1;
    this.box.hidden = true;
    this.svg.classList.remove("chart-active");
  }

  open(place) {
    this.rows[place]?.querySelector("a")?.click();
  }

  makeViews() {
    const views = this.frame.querySelector(".chart-views");
    if (!views) return;
    this.paths = [...this.svg.querySelectorAll("path[data-values]")];
    this.values = this.paths.map((path) => JSON.parse(path.dataset.values).map((value) => value ?? 0));
    this.stacked = this.paths.map((path) => path.getAttribute("d"));
    this.shares = this.paths.map((_, part) => this.sharePath(part));
    this.frame.closest(".card").querySelector(".card-header").append(views);
    views.hidden = false;
    for (const button of views.querySelectorAll("button")) {
      button.addEventListener("click", () => this.draw(button, views));
    }
  }

  draw(button, views) {
    for (const each of views.querySelectorAll("button")) {
      each.setAttribute("aria-pressed", String(each === button));
    }
    const isShare = button.dataset.view === "share";
    this.paths.forEach((path, part) => path.setAttribute("d", (isShare ? this.shares : this.stacked)[part]));
    this.svg.classList.toggle("chart-shares", isShare);
  }

  sharePath(part) {
    const pieces = this.values[part].map((value, place) => {
      const column = this.values.map((values) => values[place]);
      const total = column.reduce((sum, each) => sum + each, 0);
      if (!value || !total) return "";
      const below = column.slice(0, part).reduce((sum, each) => sum + each, 0) / total;
      const foot = UNITS * (1 - below);
      const left = this.first + this.band * (place - 0.4);
      const width = this.band * 0.8;
      return `M${left} ${foot - (UNITS * value) / total}h${width}V${foot}h${-width}z`;
    });
    return pieces.join("");
  }
}

for (const frame of document.querySelectorAll("[data-chart]")) new ChartView(frame);
