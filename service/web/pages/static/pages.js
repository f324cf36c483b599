// What all pages share. Pages work without it; with it, forms answer in place.
"use strict";

// A form with `data-in-place` is sent without leaving the page: the new <main> takes the place of the old one,
// and what carries `data-focus` in it gets the focus, so that keyboards and screen readers follow.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-in-place]") || event.defaultPrevented) return;
  event.preventDefault();
  const main = document.querySelector("main");
  if (main.ariaBusy === "true") return;
  main.ariaBusy = "true";
  const sent = new FormData(form, event.submitter);
  const open = new Set([...main.querySelectorAll("details[id][open]")].map((each) => each.id));
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "text/html" },
      body: new URLSearchParams(sent),
    });
    const told = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    if (!told || answer.status >= 500) throw new Error("no page");
    for (const each of told.querySelectorAll("details[id]")) each.open ||= open.has(each.id);
    main.replaceWith(told);
    showChosen();
    const next = told.querySelector("[data-focus]") ?? told;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "start" });
  } catch {
    main.ariaBusy = "false";
    const fault = document.createElement("p");
    fault.className = "fault";
    fault.role = "alert";
    fault.textContent = "The service did not answer. Try again.";
    form.querySelector(":scope > .fault")?.remove();
    form.append(fault);
  }
});

// A list that scrolls by itself shows what is chosen in it.
function showChosen() {
  for (const chosen of document.querySelectorAll("[data-scrolls] [aria-current]")) {
    chosen.closest("[data-scrolls]").scrollTop = chosen.offsetTop;
  }
}
showChosen();

// A button with `data-copy` puts the text of the element of that id on the clipboard.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const name = (button.dataset.name ??= button.textContent);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(source);
    button.textContent = "Selected: copy with the keyboard";
  }
  setTimeout(() => (button.textContent = name), 2000);
});
