// The workbench: what is changed is answered at once, and the body map and its list say the same.
"use strict";

const ask = document.getElementById("ask");
const result = document.getElementById("result");
const chart = document.getElementById("chart");
const boxes = () => [...ask.querySelectorAll("input[name=target]")];
const shapes = [...ask.querySelectorAll(".shape")];
const WAIT_MS = 300;

// ------------------------------------------------------------------------------------------ answers

let waiting = 0;
let asked = 0;

async function answer() {
  const turn = ++asked;
  result.ariaBusy = "true";
  const form = new FormData(ask);
  form.delete("layer");
  form.append("part", "result");
  try {
    const got = await fetch(ask.action, { method: "POST", headers: { Accept: "text/html" }, body: form });
    const text = await got.text();
    if (turn !== asked) return; // a newer one is under way
    const told = new DOMParser().parseFromString(text, "text/html");
    const main = told.querySelector("main");
    const kept = state();
    result.replaceChildren(...(main ?? told.body).childNodes);
    restore(kept);
    document.getElementById("said").textContent = result.querySelector("[data-said]")?.dataset.said ?? "";
    dress();
  } catch {
    if (turn === asked) document.getElementById("said").textContent = "The service did not answer.";
  } finally {
    if (turn === asked) result.ariaBusy = "false";
  }
}

function later() {
  clearTimeout(waiting);
  waiting = setTimeout(answer, WAIT_MS);
}

// What the reader had open stays open.
const state = () => ({
  fate: result.querySelector("input[name=fate]:checked")?.id,
  tab: result.querySelector("[role=tab][aria-selected=true]")?.textContent,
});

function restore(kept) {
  const fate = kept.fate && document.getElementById(kept.fate);
  if (fate) fate.checked = true;
  result.dataset.tab = kept.tab ?? "";
}

ask.addEventListener("input", (event) => {
  if (event.target.matches("[type=search], [type=radio], [type=file]")) return;
  if (event.target.name === "target") sync();
  later();
});
ask.addEventListener("submit", (event) => {
  if (event.submitter?.matches("[data-keep]")) return; // it leads to another page
  event.preventDefault();
  clearTimeout(waiting);
  answer();
});

// --------------------------------------------------------------------------------------------- files

async function take(file) {
  if (!file) return;
  chart.value = await file.text();
  answer();
}

document.getElementById("file").addEventListener("change", (event) => take(event.target.files[0]));
for (const [kind, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
  chart.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    chart.classList.toggle("over", over);
    if (kind === "drop") take(event.dataTransfer.files[0]);
  });
}

// ------------------------------------------------------------------------------------------ body map

const pointed = document.getElementById("pointed");
const hint = pointed.textContent;

function sync() {
  const chosen = boxes().filter((box) => box.checked).map((box) => box.value);
  for (const shape of shapes) shape.classList.toggle("chosen", chosen.includes(shape.dataset.target));
  const chips = chosen.map((target) => {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.textContent = target;
    chip.setAttribute("aria-label", `Remove ${target}`);
    chip.addEventListener("click", () => choose(target));
    return chip;
  });
  document.getElementById("chosen").replaceChildren(...chips);
}

function choose(target) {
  const box = boxes().find((each) => each.value === target);
  if (!box) return;
  box.checked = !box.checked;
  sync();
  later();
}

for (const shape of shapes) {
  shape.addEventListener("click", () => choose(shape.dataset.target));
  shape.addEventListener("pointerenter", () => {
    pointed.textContent = shape.dataset.target;
    for (const same of shapes) same.classList.toggle("pointed", same.dataset.target === shape.dataset.target);
  });
  shape.addEventListener("pointerleave", () => {
    pointed.textContent = hint;
    for (const same of shapes) same.classList.remove("pointed");
  });
}

document.getElementById("find-site").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const area of document.querySelectorAll("#sites details")) {
    let found = 0;
    for (const row of area.querySelectorAll("li")) {
      row.hidden = !words.every((word) => row.dataset.words.includes(word));
      found += !row.hidden;
    }
    area.hidden = !found;
    area.open = words.length > 0 && found > 0;
  }
});

// --------------------------------------------------------------------------------------------- dress

// What the server writes as one part below the other becomes tabs, and the judged sites show on the map.
function dress() {
  const judged = new Map(
    [...result.querySelectorAll("[data-judged]")].flatMap(({ dataset }) =>
      dataset.judged.split("|").map((site) => [site, dataset.headline]),
    ),
  );
  const tones = ["contraindicated", "contraindicated-at-site", "insufficient-data", "precaution", "no-known-contraindication"];
  for (const shape of shapes) {
    shape.classList.remove(...tones);
    const tone = judged.get(shape.dataset.target);
    if (tone) shape.classList.add(tone);
  }
  for (const section of result.querySelectorAll("[data-tabs]")) tabs(section);
}

function tabs(section) {
  const panels = [...section.querySelectorAll(":scope > .tab")];
  const bar = document.createElement("div");
  bar.className = "tabs no-print";
  bar.role = "tablist";
  bar.setAttribute("aria-labelledby", section.getAttribute("aria-labelledby"));
  const buttons = panels.map((panel) => {
    const button = document.createElement("button");
    button.type = "button";
    button.role = "tab";
    button.id = `${panel.id}-tab`;
    button.textContent = panel.dataset.tab;
    button.setAttribute("aria-controls", panel.id);
    panel.role = "tabpanel";
    panel.setAttribute("aria-labelledby", button.id);
    return button;
  });
  const show = (place) => {
    panels.forEach((panel, at) => (panel.hidden = at !== place));
    buttons.forEach((button, at) => {
      button.ariaSelected = String(at === place);
      button.tabIndex = at === place ? 0 : -1;
    });
  };
  buttons.forEach((button, place) => {
    button.addEventListener("click", () => show(place));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = (place + step + buttons.length) % buttons.length;
      show(next);
      buttons[next].focus();
    });
  });
  bar.append(...buttons);
  panels[0].before(bar);
  show(Math.max(0, panels.findIndex((panel) => panel.dataset.tab === result.dataset.tab)));
}

sync();
dress();
