// Keys for the list: j and k move, x chooses, c claims, o opens, / finds an order, ? tells. All of it goes by mouse as well.
const rows = [...document.querySelectorAll(".list tbody tr")].filter((row) => row.querySelector(".order a"));
const boxes = [...document.querySelectorAll(".list input[name=id]")];
const all = document.getElementById("all");
const claim = document.getElementById("claim");
const keys = document.getElementById("keys");
const help = document.getElementById("help");

const here = () => rows.findIndex((row) => row.contains(document.activeElement));
const link = (row) => row?.querySelector(".order a");

function move(step) {
  const at = here();
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1);
  link(rows[next])?.focus();
}

function choose() {
  const box = rows[here()]?.querySelector("input[name=id]");
  if (box) {
    box.checked = !box.checked;
    count();
  }
}

function count() {
  const chosen = boxes.filter((box) => box.checked).length;
  document.getElementById("chosen").textContent = chosen ? ` (${chosen})` : "";
  all.checked = chosen > 0 && chosen === boxes.length;
  all.indeterminate = chosen > 0 && chosen < boxes.length;
}

const deeds = {
  j: () => move(1),
  k: () => move(-1),
  o: () => link(rows[here()])?.click(),
  x: choose,
  c: () => boxes.some((box) => box.checked) && claim.click(),
  "/": () => document.getElementById("find").focus(),
  "?": () => keys.showModal(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in deeds)) return;
  event.preventDefault();
  deeds[event.key]();
});

if (claim) {
  all.hidden = boxes.length === 0;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    count();
  });
  for (const box of boxes) box.addEventListener("change", count);
  count();
}
if (keys) {
  help.hidden = false;
  help.addEventListener("click", () => keys.showModal());
}
