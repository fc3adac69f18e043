// Show one stretch of time in all linked charts, and fit what they show to it.
const DAY = 86400000;
const CANDLES_MAX = 260;
let view = null; // [from, to] in milliseconds; null is everything
let marked = null; // the round trip that is highlighted

function span() {
  const [from, to] = figures.span || [0, 1];
  const pad = Math.max((to - from) * 0.008, 1);
  return [from - pad, to + pad];
}

function moment(value) {
  return typeof value === "number" ? value : Date.parse(String(value).replace(" ", "T") + (String(value).length > 10 ? "Z" : ""));
}

function within(trace, range) {
  const x = trace.x;
  const at = [];
  for (let i = 0; i < x.length; i++) if (x[i] !== null && x[i] >= range[0] && x[i] <= range[1]) at.push(i);
  if (trace.mode !== "lines" || trace.hoverinfo === "skip") return at;
  // the points just outside are on the lines that cross the edge
  if (at.length && at[0] > 0) at.unshift(at[0] - 1);
  if (at.length && at[at.length - 1] < x.length - 1) at.push(at[at.length - 1] + 1);
  return at;
}

// Return the range of each fitted axis over what is in view: "zero" axes keep zero in it.
function fitted(name, data, range, log) {
  const result = {};
  for (const [axis, kind] of Object.entries(charts[name].fit || {})) {
    const id = axis.replace("yaxis", "y");
    let low = kind === "zero" ? 0 : Infinity;
    let high = kind === "zero" ? 0 : -Infinity;
    for (const trace of data) {
      if ((trace.yaxis || "y") !== id || trace.visible === "legendonly" || !Array.isArray(trace.x)) continue;
      const candle = trace.type === "candlestick";
      if (candle && !trace.visible) continue;
      const lows = candle ? trace.low : trace.y;
      const highs = candle ? trace.high : trace.y;
      for (const i of within(trace, range)) {
        if (lows[i] !== null && lows[i] < low) low = lows[i];
        if (highs[i] !== null && highs[i] > high) high = highs[i];
      }
    }
    if (!(high > low)) continue;
    if (log && axis === "yaxis" && low > 0) {
      [low, high] = [Math.log10(low), Math.log10(high)];
    }
    const pad = (high - low) * 0.05;
    result[axis] = [kind === "zero" && low === 0 ? 0 : low - pad, kind === "zero" && high === 0 ? 0 : high + pad];
  }
  return result;
}

// Candles take the place of the line of closes where few enough bars are in view.
function candled(data, range) {
  const candles = data.find((trace) => trace.meta === "candles");
  if (!candles) return;
  const few = within(candles, range).length <= CANDLES_MAX;
  candles.visible = few;
  data.find((trace) => trace.name === "Close").visible = !few;
}

function prepare(name, data, layout, style) {
  const range = view || span();
  candled(data, range);
  layout.xaxis.range = range;
  for (const [axis, values] of Object.entries(fitted(name, data, range, logarithmic.has(name)))) layout[axis].range = values;
  if (marked && marked.chart === name) layout.shapes = (layout.shapes || []).concat(resolved(marked.shapes, style, {}));
}

function show(range) {
  const [first, last] = span();
  view = range && [Math.max(range[0], first), Math.min(range[1], last)];
  if (view && view[1] - view[0] >= (last - first) * 0.995) view = null;
  [...drawn].filter((name) => charts[name].linked).forEach(draw);
  buttons();
}

function link(node) {
  node.on("plotly_relayout", (event) => {
    const from = event["xaxis.range[0]"];
    const to = event["xaxis.range[1]"];
    if (from !== undefined && to !== undefined) show([moment(from), moment(to)]);
    else if (event["xaxis.autorange"]) show(null);
  });
  node.on("plotly_doubleclick", () => show(null));
}

function ranges() {
  const [from, to] = figures.span || [0, 1];
  const steps = [["1D", 1], ["1W", 7], ["1M", 30.44], ["3M", 91.3], ["6M", 182.6], ["1Y", 365.25], ["3Y", 1095.75], ["5Y", 1826.25], ["10Y", 3652.5]];
  const fitting = steps.filter(([, days]) => days * DAY < (to - from) * 0.95 && days * DAY > 8 * (figures.period || DAY));
  const found = fitting.slice(-6).map(([word, days]) => [word, [to - days * DAY, to]]);
  const january = Date.UTC(new Date(to).getUTCFullYear(), 0, 1);
  if (january > from && to - january > 8 * (figures.period || DAY)) found.push(["YTD", [january, to]]);
  return [...found, ["All", null]];
}

function buttons() {
  document.querySelectorAll("[data-ranges]").forEach((bar) => {
    bar.replaceChildren();
    const add = (word, action, pressed, label) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = word;
      if (label) button.setAttribute("aria-label", label);
      if (pressed !== undefined) button.setAttribute("aria-pressed", String(pressed));
      button.addEventListener("click", action);
      bar.append(button);
    };
    const near = (a, b) => (a === null || b === null ? a === b : Math.abs(a[0] - b[0]) < DAY / 2 && Math.abs(a[1] - b[1]) < 10 * DAY);
    const shift = (share) => () => view && show([view[0] + (view[1] - view[0]) * share, view[1] + (view[1] - view[0]) * share]);
    for (const [word, range] of ranges()) add(word, () => show(range), near(view, range));
    if (view) {
      add("←", shift(-0.5), undefined, "Earlier");
      add("→", shift(0.5), undefined, "Later");
      const words = document.createElement("span");
      words.textContent = day(view[0]) + " – " + day(view[1]);
      bar.append(words);
    }
  });
}

function day(ms) {
  return new Date(ms).toISOString().slice(0, 10);
}

// All charts of a group show the same variant; those without a group, which are of symbols, are one.
function choose(index, group) {
  document.querySelectorAll("select[data-chart]").forEach((select) => {
    if (charts[select.dataset.chart].group === group) select.value = String(index);
  });
  for (const [name, chart] of Object.entries(charts)) {
    if (!chart.variants || chart.group !== group || (chosen[name] || 0) === index) continue;
    chosen[name] = index;
    if (drawn.has(name)) draw(name);
  }
}

// Bring a stretch of time into view, with room on both sides; `panel` is the axis that is scrolled to.
function jump(from, to, panel) {
  const width = Math.max(to - from, 24 * (figures.period || DAY));
  show([from - width * 0.6, to + width * 0.6]);
  const node = place("timeline");
  if (!node) return;
  if (!drawn.has("timeline")) draw("timeline");
  const axis = charts.timeline.layout[panel || "yaxis"];
  const above = (1 - axis.domain[1]) * (charts.timeline.layout.height - 62);
  window.scrollTo({ top: node.getBoundingClientRect().top + window.scrollY + above - 150, behavior: "smooth" });
}

function showTrip(number) {
  const trips = figures.trades;
  const i = trips.number ? trips.number.indexOf(number) : -1;
  if (i < 0) return;
  const [from, to] = [trips.entry[i], trips.exit[i]];
  const colour = { token: trips.net[i] > 0 ? "gain" : "loss" };
  marked = { chart: "timeline", number, shapes: [
    { type: "rect", xref: "x", yref: "y4 domain", x0: from, x1: to, y0: 0, y1: 1, fillcolor: { token: "accent-faint" }, line: { width: 1, color: { token: "accent" } }, layer: "below" },
    { type: "line", xref: "x", yref: "y4", x0: from, x1: to, y0: trips.entry_price[i], y1: trips.exit_price[i], line: { width: 3, color: colour } },
  ] };
  choose(trips.symbol[i]);
  jump(from, to, "yaxis4");
  markRow(number);
}
