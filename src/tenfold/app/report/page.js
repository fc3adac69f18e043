"use strict";
(function () {
  const charts = JSON.parse(document.getElementById("figures").textContent).charts;
  const root = document.documentElement;
  const chosen = {};
  const logarithmic = new Set();

  // Colours are tokens in the data; they become those of the theme when a chart is drawn.
  function resolved(value, style) {
    if (Array.isArray(value)) return value.map((inner) => resolved(inner, style));
    if (value === null || typeof value !== "object") return value;
    if (typeof value.token === "string") return style.getPropertyValue("--" + value.token).trim();
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner, style)]));
  }

  function merged(base, extra) {
    const result = Object.assign({}, base);
    for (const [key, value] of Object.entries(extra || {})) {
      const both = value && result[key] && typeof value === "object" && !Array.isArray(value);
      result[key] = both ? merged(result[key], value) : value;
    }
    return result;
  }

  function layout(own, style) {
    const color = (name) => style.getPropertyValue("--" + name).trim();
    const axis = { gridcolor: color("rule"), linecolor: color("rule"), zeroline: false, automargin: true };
    axis.title = { font: { size: 12 }, standoff: 8 };
    const base = {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true,
      font: { family: style.fontFamily, size: 12.5, color: color("muted") },
      margin: { l: 56, r: 12, t: 28, b: 34 }, hovermode: "x unified", dragmode: "zoom",
      hoverlabel: { bgcolor: color("surface"), bordercolor: color("rule"), font: { color: color("ink") } },
      legend: { orientation: "h", x: 0, y: 1.0, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" },
      xaxis: Object.assign({ type: "date", showgrid: false }, axis),
      yaxis: axis,
    };
    if (own.yaxis2) base.yaxis2 = axis;
    return merged(base, resolved(own, style));
  }

  function draw(name) {
    const place = document.getElementById("chart-" + name);
    if (!place) return;
    const style = getComputedStyle(document.body);
    const chart = Array.isArray(charts[name]) ? charts[name][chosen[name] || 0] : charts[name];
    place.style.height = chart.layout.height + "px";
    const own = merged(chart.layout, logarithmic.has(name) ? { yaxis: { type: "log", tickformat: "," } } : {});
    Plotly.react(place, resolved(chart.data, style), layout(own, style), {
      responsive: true, displaylogo: false, displayModeBar: false, doubleClick: "reset",
    });
  }

  function theme(name) {
    root.dataset.theme = name;
    Object.keys(charts).forEach(draw);
  }

  document.querySelectorAll("select[data-chart]").forEach((select) => {
    select.addEventListener("change", () => {
      document.querySelectorAll("select[data-chart]").forEach((other) => {
        other.value = select.value;
        chosen[other.dataset.chart] = Number(select.value);
        draw(other.dataset.chart);
      });
    });
  });
  document.querySelectorAll("button[data-log]").forEach((button) => {
    button.addEventListener("click", () => {
      const name = button.dataset.log;
      if (!logarithmic.delete(name)) logarithmic.add(name);
      button.setAttribute("aria-pressed", String(logarithmic.has(name)));
      draw(name);
    });
  });
  const links = document.getElementById("links");
  document.querySelectorAll("section[id]").forEach((section) => {
    const link = document.createElement("a");
    link.href = "#" + section.id;
    link.textContent = section.id;
    links.append(link);
  });
  document.getElementById("theme").addEventListener("click", () => theme(root.dataset.theme === "dark" ? "light" : "dark"));
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", () => theme(dark.matches ? "dark" : "light"));
  theme(new URLSearchParams(location.search).get("theme") || (dark.matches ? "dark" : "light"));
})();
