// Draw charts from plain data. Colours are tokens in the data; they become those of the theme when a chart is drawn.
const figures = JSON.parse(document.getElementById("figures").textContent);
const charts = figures.charts;
const root = document.documentElement;
const chosen = {};
const logarithmic = new Set();
const drawn = new Set();
const touch = window.matchMedia("(pointer: coarse)").matches;

function resolved(value, style, shared) {
  if (Array.isArray(value)) {
    // numbers and words hold no tokens; short arrays may hold both
    return value.length > 8 && typeof value[0] !== "object" ? value : value.map((inner) => resolved(inner, style, shared));
  }
  if (value === null || typeof value !== "object") return value;
  if (typeof value.token === "string") return style.getPropertyValue("--" + value.token).trim();
  if (typeof value.shared === "string") return shared[value.shared];
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner, style, shared)]));
}

function merged(base, extra) {
  const result = Object.assign({}, base);
  for (const [key, value] of Object.entries(extra || {})) {
    const both = value && result[key] && typeof value === "object" && !Array.isArray(value) && !Array.isArray(result[key]);
    result[key] = both ? merged(result[key], value) : value;
  }
  return result;
}

function themed(own, style, chart) {
  const color = (name) => style.getPropertyValue("--" + name).trim();
  const axis = { gridcolor: color("rule"), linecolor: color("rule"), zeroline: false, zerolinecolor: color("muted"), automargin: true };
  axis.title = { font: { size: 12 }, standoff: 8 };
  const narrow = window.innerWidth < 640;
  const base = {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true, barcornerradius: 3,
    font: { family: style.fontFamily, size: narrow ? 11 : 12.5, color: color("muted") },
    margin: { l: narrow ? 42 : 56, r: 12, t: 28, b: 34 }, hovermode: "x unified", hoverdistance: 40, dragmode: touch ? false : "zoom",
    hoverlabel: { namelength: -1, bgcolor: color("surface"), bordercolor: color("rule"), font: { color: color("ink"), size: narrow ? 10.5 : 12 } },
    legend: { orientation: "h", x: 1, xanchor: "right", y: 1.0, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" },
    xaxis: Object.assign({ type: "date", showgrid: false }, axis),
    yaxis: axis,
  };
  if ((figures.period || 0) >= 86400000) base.xaxis.hoverformat = "%a %Y-%m-%d";
  if (chart.linked) {
    Object.assign(base.xaxis, { showspikes: true, spikemode: "across", spikethickness: 1, spikedash: "dot", spikecolor: color("muted"), spikesnap: "hovered data" });
    base.xaxis.rangeslider = { visible: false };
  }
  for (const name of Object.keys(own)) if (/^[xy]axis\d+$/.test(name)) base[name] = name[0] === "y" ? axis : base.xaxis;
  const full = merged(base, resolved(own, style, {}));
  if (chart.variants && full.height) full.legend.y = 1 + 20 / full.height; // above the title of the first panel
  if (narrow && chart.variants) full.showlegend = false; // its panels have titles
  for (const name of Object.keys(full)) if (chart.linked && name.startsWith("yaxis")) full[name].fixedrange = true;
  return full;
}

function place(name) {
  return document.getElementById("chart-" + name);
}

function variant(name) {
  const chart = charts[name];
  return chart.variants ? chart.variants[chosen[name] || 0] : { data: [], layout: {} };
}

function draw(name) {
  const node = place(name);
  if (!node || !window.Plotly) return;
  const style = getComputedStyle(document.body);
  const chart = charts[name];
  const own = variant(name);
  const shared = Object.assign({}, chart.shared, own.shared);
  const data = resolved(chart.data.concat(own.data), style, shared);
  let wanted = merged(chart.layout, own.layout);
  if (logarithmic.has(name)) wanted = merged(wanted, { yaxis: { type: "log" } });
  const layout = themed(wanted, style, chart);
  node.style.height = layout.height + "px";
  if (chart.linked) prepare(name, data, layout, style);
  Plotly.react(node, data, layout, { responsive: true, displaylogo: false, displayModeBar: false, doubleClick: chart.linked ? false : "reset" });
  if (!drawn.has(name)) {
    drawn.add(name);
    node.on("plotly_click", (event) => {
      const point = event.points.find((one) => typeof one.customdata === "number");
      if (point) showTrip(point.customdata);
    });
    if (chart.linked) link(node);
  }
}

function redraw() {
  [...drawn].forEach(draw);
}

// A chart is drawn when it comes near the view.
function watch() {
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const name = entry.target.id.slice("chart-".length);
      if (entry.isIntersecting && !drawn.has(name)) draw(name);
    }
  }, { rootMargin: "700px" });
  Object.keys(charts).forEach((name) => place(name) && near.observe(place(name)));
  window.addEventListener("beforeprint", () => Object.keys(charts).forEach((name) => drawn.has(name) || draw(name)));
}
