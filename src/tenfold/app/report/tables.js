// List round trips, sorted and filtered; sort any table of class "sortable".
const trips = figures.trades;
const PAGE = 100;
const listing = { column: "entry", rising: true, shown: PAGE };

const grouped = (value, digits) => value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const minus = (text) => text.replace("-", "−");
const percent = (value) => (value === null ? "–" : minus((value * 100).toFixed(2)) + " %");
const price = (value) => (value === null ? "–" : Number(value.toPrecision(7)).toLocaleString("en-US", { maximumFractionDigits: 8 }));

function time(ms) {
  const text = new Date(ms).toISOString();
  return trips.period >= DAY ? text.slice(0, 10) : text.slice(0, 16).replace("T", " ");
}

const COLUMNS = [
  ["symbol", "Symbol", (i) => trips.symbols[trips.symbol[i]], "word"],
  ["side", "Side", (i) => (trips.side[i] > 0 ? "long" : "short"), "word"],
  ["entry", "Entry", (i) => time(trips.entry[i]), "word"],
  ["exit", "Exit", (i) => (trips.open[i] ? "open" : time(trips.exit[i])), "word"],
  ["bars", "Bars", (i) => grouped(trips.bars[i], 0)],
  ["lots", "Lots", (i) => grouped(trips.lots[i], 0)],
  ["entry_price", "Entry price", (i) => price(trips.entry_price[i])],
  ["exit_price", "Exit price", (i) => price(trips.exit_price[i])],
  ["net", "P&L net", (i) => minus(grouped(trips.net[i], Math.abs(trips.net[i]) < 0.01 && trips.net[i] ? 8 : 2))],
  ["return", "Return", (i) => percent(trips.return[i])],
  ["adverse", "Worst", (i) => percent(trips.adverse[i])],
  ["favourable", "Best", (i) => percent(trips.favourable[i])],
  ["reason", "Exit by", (i) => trips.reason[i].replaceAll("_", " "), "word"],
];

function cell(tag, text, kind) {
  const node = document.createElement(tag);
  node.textContent = text;
  node.className = kind;
  return node;
}

function chosenTrips() {
  const words = document.getElementById("trip-words").value.toLowerCase().split(/\s+/).filter(Boolean);
  const kind = document.getElementById("trip-kind").value;
  const kept = { all: () => true, long: (i) => trips.side[i] > 0, short: (i) => trips.side[i] < 0, won: (i) => trips.net[i] > 0, lost: (i) => trips.net[i] <= 0, open: (i) => trips.open[i] }[kind];
  const said = (i) => COLUMNS.filter((column) => column[3]).map((column) => column[2](i)).join(" ").toLowerCase();
  const found = trips.number.map((_, i) => i).filter((i) => kept(i) && (!words.length || words.every((word) => said(i).includes(word))));
  const values = listing.column === "symbol" ? trips.symbol.map((s) => trips.symbols[s]) : trips[listing.column];
  const order = (a, b) => (values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : a - b);
  return found.sort((a, b) => (listing.rising ? order(a, b) : order(b, a)));
}

function listTrips() {
  const table = document.getElementById("trips");
  if (!table) return;
  const found = chosenTrips();
  const head = document.createElement("tr");
  for (const [key, label, , kind] of COLUMNS) {
    const title = cell("th", "", kind || "number");
    const button = cell("button", label + (listing.column === key ? (listing.rising ? " ↑" : " ↓") : ""), "plain");
    button.type = "button";
    title.setAttribute("aria-sort", listing.column === key ? (listing.rising ? "ascending" : "descending") : "none");
    button.addEventListener("click", () => {
      listing.rising = listing.column === key ? !listing.rising : ["symbol", "entry", "exit", "side", "reason"].includes(key);
      listing.column = key;
      listTrips();
    });
    title.append(button);
    head.append(title);
  }
  table.tHead.replaceChildren(head);
  table.tBodies[0].replaceChildren(...found.slice(0, listing.shown).map(tripRow));
  const net = found.reduce((sum, i) => sum + trips.net[i], 0);
  document.getElementById("trip-count").textContent = grouped(found.length, 0) + " of " + grouped(trips.number.length, 0) + ", net " + minus(grouped(net, 2));
  const more = document.getElementById("trip-more");
  more.hidden = found.length <= listing.shown;
  more.textContent = "Show all " + grouped(found.length, 0);
}

function tripRow(i) {
  const row = document.createElement("tr");
  row.tabIndex = 0;
  row.dataset.trip = trips.number[i];
  if (marked && marked.number === trips.number[i]) row.className = "marked";
  for (const [key, , written, kind] of COLUMNS) {
    const sign = key === "net" || key === "return" ? (trips.net[i] > 0 ? " gain" : trips.net[i] < 0 ? " loss" : "") : "";
    row.append(cell("td", written(i), (kind || "number") + sign));
  }
  return row;
}

function markRow(number) {
  document.querySelectorAll("[data-trip]").forEach((row) => row.classList.toggle("marked", Number(row.dataset.trip) === number));
}

function startList() {
  if (!document.getElementById("trips")) return;
  ["trip-words", "trip-kind"].forEach((id) => document.getElementById(id).addEventListener("input", () => {
    listing.shown = PAGE;
    listTrips();
  }));
  document.getElementById("trip-more").addEventListener("click", () => {
    listing.shown = Infinity;
    listTrips();
  });
  listTrips();
}

function valueOf(cell) {
  const text = cell.dataset.value || cell.textContent.replaceAll(",", "").replace("−", "-").replace(/[\s%]+$/, "");
  return text !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
}

// Rows of class "sum" stay below.
function sortable(table) {
  [...table.tHead.rows[0].cells].forEach((title, column) => {
    let rising = true;
    title.tabIndex = 0;
    const sort = () => {
      const rows = [...table.tBodies[0].rows];
      const last = rows.filter((row) => row.querySelector(".total"));
      const rest = rows.filter((row) => !last.includes(row));
      const order = (a, b) => {
        const [x, y] = [valueOf(a.cells[column]), valueOf(b.cells[column])];
        if (typeof x !== typeof y) return typeof x === "number" ? -1 : 1;
        return (x < y ? -1 : x > y ? 1 : 0) * (rising ? 1 : -1);
      };
      table.tBodies[0].append(...rest.sort(order), ...last);
      rising = !rising;
    };
    title.addEventListener("click", sort);
    title.addEventListener("keydown", (event) => event.key === "Enter" && sort());
  });
}
