
"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const plain = (text) => text.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) =>
    ({ "&lt;": "<", "&gt;": ">", "&quot;": "\"", "&#39;": "'", "&amp;": "&" })[entity]);
  const head = /^<details class="f \w+" data-s="([^"]*)" data-f="([^"]*)" data-p="([^"]*)" data-k="([^"]*)" data-t="([^"]*)" data-i="([^"]*)" data-r="([^"]*)"><summary>.*?<span class="m">([^<]*)</;
  const rows = [];
  for (const html of at("rows").textContent.split("\n")) {
    const found = head.exec(html);
    if (found) {
      const [s, f, p, k, t, i, r, m] = found.slice(1).map(plain);
      rows.push({ html, s, f, p, k, t, i, r, search: (m + " " + i).toLowerCase(), at: (r + " " + k).toLowerCase(), path: p.toLowerCase() });
    }
  }
  const list = at("list"), more = at("more"), controls = at("controls"), count = at("count");
  const order = { s: ["critical", "high", "medium", "low"], t: ["open", "undetermined", "suppressed", "baseline", "outside-diff"] };
  const rank = (key, value) => (order[key] ? String(order[key].indexOf(value)) : value);
  const fill = (key) => {
    const numbers = new Map();
    for (const row of rows) numbers.set(row[key], (numbers.get(row[key]) || 0) + 1);
    for (const value of [...numbers.keys()].sort((a, b) => (rank(key, a) < rank(key, b) ? -1 : 1))) {
      at(key).append(new Option(`${value} (${numbers.get(value)})`, value));
    }
    return numbers;
  };
  fill("s");
  fill("f");
  if (fill("t").has("open")) {
    for (const option of at("t").options) option.defaultSelected = option.value === "open";
  }
  let shown = [], next = 0, group = null;
  const grow = (most) => {
    const by = at("g").value, end = Math.min(shown.length, next + most);
    let html = "";
    for (; next < end; next++) {
      const row = shown[next];
      if (row[by] !== group) {
        group = row[by];
        let size = 0;
        while (next + size < shown.length && shown[next + size][by] === group) size++;
        const heading = document.createElement("h3");
        heading.textContent = `${group || "none"} (${size})`;
        html += heading.outerHTML;
      }
      html += row.html;
    }
    list.insertAdjacentHTML("beforeend", html);
    more.hidden = next >= shown.length;
    more.firstElementChild.textContent = `show more (${shown.length - next} left)`;
  };
  const apply = () => {
    const text = (id) => at(id).value.trim().toLowerCase();
    const [s, f, t, by] = ["s", "f", "t", "g"].map((id) => at(id).value), [q, r, p] = ["q", "r", "p"].map(text);
    shown = rows.filter((row) => (!s || row.s === s) && (!f || row.f === f) && (!t || row.t === t)
      && row.search.includes(q) && row.at.includes(r) && row.path.includes(p));
    if (by !== "s") shown.sort((a, b) => (a[by] < b[by] ? -1 : a[by] > b[by] ? 1 : 0));
    else shown.sort((a, b) => rank("s", a.s) - rank("s", b.s));
    list.textContent = "";
    next = 0;
    group = null;
    grow(200);
    count.textContent = `${shown.length} of ${rows.length} rows: what one policy finds at one place is one row`;
  };
  controls.hidden = false;
  controls.addEventListener("input", apply);
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("reset", () => setTimeout(apply));
  more.addEventListener("click", () => {
    const before = list.querySelectorAll("summary").length;
    grow(500);
    // The button is now below the new rows, where nobody looks for them.
    const first = list.querySelectorAll("summary")[before];
    if (first) first.focus();
  });
  list.addEventListener("keydown", (event) => {
    const row = event.key === "Escape" && event.target.closest("details[open]");
    if (row) {
      row.open = false;
      row.firstElementChild.focus();
    }
  });
  list.addEventListener("toggle", (event) => {
    const advice = event.target.open && event.target.querySelector(".advice a");
    const policy = advice && at(advice.getAttribute("href").slice(1));
    if (policy) {
      const copy = policy.cloneNode(true);
      copy.removeAttribute("id");
      for (const heading of copy.querySelectorAll("h3, h4")) {
        heading.setAttribute("aria-level", Number(heading.tagName[1]) + 1);
      }
      advice.parentElement.replaceWith(copy);
    }
  }, true);
  addEventListener("beforeprint", () => grow(shown.length));
  apply();
})();
