// The filters, and unfolding all; reading the page needs none of it.
"use strict";
(() => {
  const form = document.getElementById("filter");
  const shown = document.getElementById("filter-shown");
  const text = document.getElementById("filter-text");
  const severity = document.getElementById("filter-severity");
  const rule = document.getElementById("filter-rule");
  const tables = [["findings", "findings"], ["connections", "connections"]].map(([id, name]) => {
    const rows = [...document.querySelectorAll(`#${id} tbody tr`)];
    return { name, items: rows };
  });
  const drawn = [...document.querySelectorAll("details.connection")];

  // What is searched: of a row its words, of a drawn connection its heading.
  const words = new Map();
  for (const table of tables) {
    for (const row of table.items) {
      words.set(row, [...row.cells].map((cell) => cell.textContent).join(" ").toLowerCase());
    }
  }
  for (const item of drawn) {
    words.set(item, item.querySelector(".story").textContent.toLowerCase()
      + item.querySelector("summary").textContent.toLowerCase());
  }

  const filter = () => {
    const sought = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const least = Number(severity.value);
    const fits = (item) =>
      Number(item.dataset.weight) >= least
      && (!rule.value || item.dataset.rules.split(" ").includes(rule.value))
      && sought.every((word) => words.get(item).includes(word));
    const counts = tables.map(({ name, items }) => {
      let count = 0;
      for (const item of items) {
        item.hidden = !fits(item);
        count += item.hidden ? 0 : 1;
      }
      return `${count} of ${items.length} ${name}`;
    });
    for (const item of drawn) item.hidden = !fits(item);
    shown.textContent = `Shown: ${counts.join(", ")}`;
  };

  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();

  for (const buttons of document.querySelectorAll(".buttons")) buttons.hidden = false;
  for (const button of document.querySelectorAll("button[data-open]")) {
    button.addEventListener("click", () => {
      for (const item of drawn) item.open = button.dataset.open === "true";
    });
  }
})();
