"use strict";
// The data: codes [code, vi, en]; articles [publisher, title, published, url, text?]; incidents with
// i id, t title [vi, en], v verification, k kind, c confidence, y types, d date, p whether d is that of the report, x conflicts,
// a articles, q quotes [article, start, end, quote?], f facts [field, value, quote, claimant, claim, preferred],
// s steps [phase, time, quote], w other names. Texts get into the page only as textContent.
const data = JSON.parse(document.getElementById("data").textContent);
const LANGUAGES = ["vi", "en"];
const byId = (id) => document.getElementById(id);
const state = { lang: "vi", query: "", verification: "", type: "" };
let n = 0; // 0 Vietnamese, 1 English

function word(key, values = {}) {
  return data.words[key][n].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
const code = (number) => data.codes[number][0];
const named = (number) => data.codes[number][n + 1];

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

// ---------------------------------------------------------------- dates
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
function moment(value) {
  if (value.includes("/")) return value.split("/").map(moment).join(" – ");
  let found = value.match(/^(\w{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d))?$/);
  if (found) {
    const [, year, month, day, clock] = found;
    const known = year === "XXXX" ? "" : year;
    if (n) return `${+day} ${MONTHS[month - 1]} ${known}`.trim() + (clock ? `, ${clock}` : "");
    return (clock ? `${clock} ` : "") + `${+day}/${+month}` + (known ? `/${known}` : "");
  }
  if ((found = value.match(/^(\d{4})-W(\d\d)$/))) return n ? `week ${+found[2]}, ${found[1]}` : `tuần ${+found[2]}/${found[1]}`;
  if ((found = value.match(/^(\w{4})-Q(\d)$/))) return n ? `Q${found[2]} ${found[1]}` : `quý ${found[2]}/${found[1]}`;
  if ((found = value.match(/^(\w{4})-(\d\d)$/))) return n ? `${MONTHS[found[2] - 1]} ${found[1]}` : `${+found[2]}/${found[1]}`;
  return value;
}

// ---------------------------------------------------------------- search
const plain = (text) => ` ${text.replace(/[^\p{L}\p{N}\p{M}]+/gu, " ").trim()}`;
function folded(text) {
  return plain(text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/đ|ð/g, "d"));
}
function exact(text) {
  // one style of tone marks: hòa = hoà, thủy = thuỷ (but not quý)
  const marks = "[\u0300\u0301\u0303\u0309\u0323]";
  const open = new RegExp(`(o)(${marks})([ae])(?![\\p{L}\\p{M}])`, "gu");
  const closed = new RegExp(`(^|[^q])(u)(${marks})(y)(?![\\p{L}\\p{M}])`, "gu");
  const moved = text.normalize("NFD").toLowerCase().replace(open, "$1$3$2").replace(closed, "$1$2$4$3");
  return plain(moved.normalize("NFC"));
}
function searched(incident) {
  if (!incident.searched) {
    const values = (incident.f || []).flatMap(([field, value]) => (typeof value === "number" ? data.codes[value].slice(1) : [value]));
    const papers = incident.a.flatMap((article) => data.articles[article].slice(0, 2));
    const types = (incident.y || []).flatMap((type) => data.codes[type]);
    const quotes = (incident.q || []).map((quote) => quote[3] || "");
    const all = [...incident.t, ...values, ...types, ...papers, incident.w || "", ...quotes].join(" \n");
    incident.searched = { exact: exact(all), folded: folded(all) };
  }
  return incident.searched;
}
// A word with a mark is looked for as it is, one without matches every marking; the last one may be unfinished.
function find(query) {
  const simple = folded(query).trim().split(" ");
  const marked = exact(query).trim().split(" ");
  if (!simple[0]) return { hits: data.incidents, phrase: true };
  const wanted = simple.map((part, i) => (part === marked[i] ? { folded: part } : { exact: marked[i] }));
  const has = (incident, part) => Object.entries(part).every(([name, text]) => searched(incident)[name].includes(` ${text}`));
  const near = data.incidents.filter((incident) => wanted.every((part) => has(incident, part)));
  const hits = near.filter((incident) => inARow(searched(incident), simple, wanted));
  return hits.length ? { hits, phrase: true } : { hits: near, phrase: !near.length };
}
function inARow(text, simple, wanted) {
  if (!text.folded.includes(` ${simple.join(" ")}`)) return false;
  const words = { exact: text.exact.trim().split(" "), folded: text.folded.trim().split(" ") };
  const same = (word, part, last) => (last ? word.startsWith(part) : word === part);
  const fits = (at) =>
    wanted.every((parts, i) => Object.entries(parts).every(([name, part]) => same(words[name][at + i] ?? "", part, i === wanted.length - 1)));
  return words.folded.some((_, at) => fits(at));
}

// ---------------------------------------------------------------- one incident
function quoteOf(incident, number) {
  const [article, start, end, quote] = incident.q[number];
  const [publisher, title, published, url] = data.articles[article];
  const cite = make("cite", {}, [publisher || title, published ? moment(published) : ""].filter(Boolean).join(", "));
  if (url) cite.append(" · ", make("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, word("read")));
  return make("blockquote", {}, make("p", { lang: "vi" }, quote ? `“${quote}”` : word("place", { start, end })), cite);
}

function factOf(incident, group) {
  const [, value, , claimant, claim] = group[0];
  const shown = typeof value === "number" ? named(value) : /^(\d{4}|XXXX)(-|\/|$)/.test(value) ? moment(value) : value;
  const said = word("says", { who: named(claimant) });
  const doubtful = !["confirmed", "claimed"].includes(code(claim)) ? named(claim) : code(claimant) === "attacker" ? said : "";
  const quotes = [...new Set(group.map((fact) => fact[2]))].map((quote) => quoteOf(incident, quote));
  const aside = !group.some((fact) => fact[5]);
  return make(
    "details", { className: aside ? "fact aside" : "fact" },
    make("summary", {}, shown, doubtful && make("span", { className: "doubtful" }, ` (${doubtful})`)),
    make("span", { className: "says" }, (aside ? `${word("other")}; ` : "") + said),
    ...quotes,
  );
}

function factsOf(incident) {
  const list = make("dl");
  for (const field of data.fields) {
    const groups = new Map();
    for (const fact of incident.f || []) if (fact[0] === field) groups.set(fact[1], [...(groups.get(fact[1]) || []), fact]);
    if (groups.size) list.append(make("dt", {}, named(field)), make("dd", {}, ...[...groups.values()].map((group) => factOf(incident, group))));
  }
  return list;
}

function stepsOf(incident) {
  const groups = new Map(); // the same step may be told by several articles
  for (const [phase, time, quote] of incident.s) {
    const group = groups.get(`${phase} ${time}`) || { phase, time, quotes: new Set() };
    group.quotes.add(quote);
    groups.set(`${phase} ${time}`, group);
  }
  const items = [...groups.values()].map(({ phase, time, quotes }) => {
    const told = make("details", { className: "fact" }, make("summary", { className: "phase" }, named(phase)));
    told.append(...[...quotes].map((quote) => quoteOf(incident, quote)));
    return make("li", {}, make("time", {}, time ? moment(time) : word("undated")), told);
  });
  return make("ol", { className: "steps" }, ...items);
}

function sourcesOf(incident) {
  const items = incident.a.map((number) => {
    const [publisher, title, published, url, text] = data.articles[number];
    const name = url ? make("a", { href: url, rel: "noopener noreferrer", target: "_blank", lang: "vi" }, title || url) : make("span", { lang: "vi" }, title);
    const full = text ? make("details", { className: "fact" }, make("summary", {}, word("whole")), make("p", { className: "full", lang: "vi" }, text)) : null;
    return make("li", {}, name, make("cite", {}, [publisher, published ? moment(published) : ""].filter(Boolean).join(", ")), full);
  });
  return make("ul", { className: "sources" }, ...items);
}

function bodyOf(incident) {
  const papers = new Set(incident.a.map((number) => data.articles[number][0]).filter(Boolean)).size;
  const count = incident.a.length;
  const meta = [named(incident.k), count === 1 ? word("article") : word("articles", { n: count })];
  if (papers > 1) meta.push(word("publishers", { n: papers }));
  meta.push(word("confidence", { value: named(incident.c) }));
  const sure = make("span", { className: code(incident.v) }, `${named(incident.v)}: ${word(`legend.${code(incident.v)}`)}`);
  const body = make("div", { className: "body" }, make("p", { className: "meta" }, meta.join(" · "), make("br"), sure));
  if (incident.x) body.append(make("p", { className: "notice" }, word("conflicts", { fields: incident.x.map(named).join(", ") })));
  if (incident.f) body.append(make("h4", {}, word("facts")), factsOf(incident));
  if (incident.s) body.append(make("h4", {}, word("timeline")), stepsOf(incident));
  body.append(make("h4", {}, word("sources")), sourcesOf(incident));
  return body;
}

function incidentOf(incident) {
  const verification = code(incident.v);
  const date = moment((incident.d || "").split("T")[0]);
  const day = date.replace(/^(\d+[/ ]\w+)[/ ]\d{4}$/, "$1"); // the year is the heading
  const when = make("time", { className: "when" }, day);
  if (incident.d && incident.p) when.prepend(make("small", {}, `${word("reported")} `));
  const summary = make(
    "summary", {},
    when,
    make("span", { className: "name", role: "heading", "aria-level": "3" }, incident.t[n]),
    make("span", { className: `badge ${verification}`, title: word(`legend.${verification}`) }, named(incident.v)),
    make("span", { className: "hit", lang: "vi", hidden: true }),
  );
  const element = make("details", { className: "incident", id: incident.i }, summary);
  element.addEventListener("toggle", () => {
    if (element.open && !element.querySelector(".body")) element.append(bodyOf(incident));
    remember();
  });
  return element;
}

// ---------------------------------------------------------------- the page
function listAll() {
  const opened = new Set([...document.querySelectorAll(".incident[open]")].map((element) => element.id));
  const list = byId("list");
  list.replaceChildren();
  let year = null;
  let section = null;
  for (const incident of data.incidents) {
    const its = (incident.d || "").slice(0, 4);
    if (its !== year) {
      year = its;
      section = make("section", {}, make("h2", {}, year || word("unknown.date")));
      list.append(section);
    }
    incident.element = incidentOf(incident);
    if (opened.has(incident.i)) incident.element.open = true;
    section.append(incident.element);
  }
}

function filter() {
  const { hits, phrase } = find(state.query);
  const typed = hits.filter((incident) => !state.type || (incident.y || []).some((type) => code(type) === state.type));
  const shown = new Set(typed.filter((incident) => !state.verification || code(incident.v) === state.verification));
  for (const incident of data.incidents) incident.element.hidden = !shown.has(incident);
  for (const section of document.querySelectorAll("#list section")) section.hidden = !section.querySelector(".incident:not([hidden])");
  byId("found").textContent = !shown.size ? word("found.none") : word(phrase ? "found" : "found.words", { n: shown.size });
  showPassages([...shown]);
  badges(typed);
  remember();
}

// Where the title does not show why an incident was found, the passage that holds the words; of the first ones, to stay quick.
function showPassages(incidents) {
  const wanted = folded(state.query);
  for (const element of document.querySelectorAll(".hit:not([hidden])")) element.hidden = true;
  if (!wanted.trim()) return;
  for (const incident of incidents.slice(0, 50)) {
    if (incident.t.some((title) => folded(title).includes(wanted))) continue;
    const quote = (incident.q || []).find((told) => told[3] && folded(told[3]).includes(wanted));
    const element = incident.element.querySelector(".hit");
    element.hidden = !quote;
    element.textContent = quote ? `“${quote[3]}”` : "";
  }
}

function badges(incidents) {
  const known = ["confirmed", "claimed", "disputed", "refuted"].filter((name) => data.incidents.some((incident) => code(incident.v) === name));
  const button = (name, label, count) => {
    const element = make("button", { type: "button", className: name, title: name ? word(`legend.${name}`) : "" }, `${label} `, make("small", {}, String(count)));
    element.setAttribute("aria-pressed", String(state.verification === name));
    element.addEventListener("click", () => { state.verification = name; filter(); });
    return element;
  };
  const numbers = known.map((name) => data.codes.findIndex((entry) => entry[0] === name));
  byId("badges").replaceChildren(
    button("", word("all"), incidents.length),
    ...known.map((name, i) => button(name, named(numbers[i]), incidents.filter((incident) => incident.v === numbers[i]).length)),
  );
}

function types() {
  const found = new Map();
  for (const incident of data.incidents) for (const type of incident.y || []) found.set(type, (found.get(type) || 0) + 1);
  const options = [...found].sort((a, b) => b[1] - a[1]).map(([type, count]) => make("option", { value: code(type) }, `${named(type)} (${count})`));
  byId("type").replaceChildren(make("option", { value: "" }, word("types")), ...options);
  byId("type").value = state.type;
}

function speak() {
  n = LANGUAGES.indexOf(state.lang);
  document.documentElement.lang = state.lang;
  document.title = word("title");
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", word(element.dataset.label));
  for (const element of document.querySelectorAll("[data-lang]")) element.setAttribute("aria-pressed", String(element.dataset.lang === state.lang));
  byId("search").placeholder = word("search");
  byId("search").setAttribute("aria-label", word("search.label"));
  const number = (value) => value.toLocaleString(state.lang);
  const facts = data.incidents.reduce((sum, incident) => sum + (incident.f || []).length, 0);
  byId("counts").textContent = word("counts", { incidents: number(data.incidents.length), facts: number(facts), articles: number(data.articles.length) });
  const left = data.all - data.incidents.length;
  byId("left").hidden = !left;
  byId("left").textContent = word("left", { shown: number(data.incidents.length), all: number(data.all), left: number(left) });
  byId("withdrawn").hidden = !data.withdrawn;
  byId("withdrawn").textContent = word("withdrawn", { n: number(data.withdrawn) });
  byId("made").textContent = word("made", { version: data.version, schema: data.schema });
  types();
  listAll();
  filter();
}

// What is looked at stands in the address after #, so that it can be kept or sent: #q=buu+dien&open=…
function remember() {
  const open = [...document.querySelectorAll(".incident[open]")].map((element) => element.id).join(",");
  const all = { q: state.query, v: state.verification, t: state.type, lang: state.lang === "vi" ? "" : state.lang, open };
  const hash = new URLSearchParams(Object.entries(all).filter(([, value]) => value)).toString();
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
}
function recall() {
  const told = new URLSearchParams(location.hash.slice(1));
  state.query = told.get("q") || "";
  state.verification = told.get("v") || "";
  state.type = told.get("t") || "";
  state.lang = LANGUAGES.includes(told.get("lang")) ? told.get("lang") : "vi";
  byId("search").value = state.query;
  const open = (told.get("open") || "").split(",").filter(Boolean);
  speak();
  for (const incident of data.incidents) if (open.includes(incident.i)) incident.element.open = true;
  if (open.length) byId(open[0])?.scrollIntoView();
}

byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("search").addEventListener("input", (event) => { state.query = event.target.value; filter(); });
byId("type").addEventListener("change", (event) => { state.type = event.target.value; filter(); });
for (const element of document.querySelectorAll("[data-lang]")) {
  element.addEventListener("click", () => { state.lang = element.dataset.lang; speak(); });
}
recall();
