// Start the page: unpack the library, draw, list, and answer clicks.
async function unpacked() {
  const packed = document.getElementById("library");
  const raw = atob(packed.textContent.trim());
  const content = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) content[i] = raw.charCodeAt(i);
  const stream = new Blob([content]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(stream).text();
  document.head.append(script);
  packed.remove();
}

function theme(name) {
  root.dataset.theme = name;
  redraw();
}

function opened(target) {
  const trip = target.closest("[data-trip]");
  if (trip) return showTrip(Number(trip.dataset.trip));
  const stretch = target.closest("[data-range]");
  if (stretch) jump(...stretch.dataset.range.split(",").map(Number), "yaxis");
}

document.addEventListener("click", (event) => opened(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("tr[data-trip], tr[data-range]")) opened(event.target);
});
document.querySelectorAll("select[data-chart]").forEach((select) => {
  select.addEventListener("change", () => choose(Number(select.value), charts[select.dataset.chart].group));
});
document.querySelectorAll("button[data-log]").forEach((button) => {
  button.addEventListener("click", () => {
    const name = button.dataset.log;
    if (!logarithmic.delete(name)) logarithmic.add(name);
    button.setAttribute("aria-pressed", String(logarithmic.has(name)));
    draw(name);
  });
});
document.querySelectorAll("table.sortable").forEach(sortable);
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
buttons();
startList();
unpacked().then(watch).then(() => (root.dataset.ready = "yes"));
