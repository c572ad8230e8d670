// How does the page stay live? It fetches itself after each change and swaps only what differs.
"use strict";

const seen = new Map();
let busy = false;
let again = false;

/** Remember the server's words for each message, since the browser rewrites what it shows. */
function remember(root) {
  for (const item of root.querySelectorAll("[data-thread] > li")) seen.set(item.id, item.outerHTML);
}

function atBottom(thread) {
  return thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
}

function toBottom(thread) {
  thread.scrollTop = thread.scrollHeight;
}

/** Keep what the visitor has chosen or focused inside a message that is about to be replaced. */
function replaceItem(old, fresh) {
  const name = old.contains(document.activeElement) ? document.activeElement.value : null;
  old.replaceWith(fresh);
  if (name === null) return;
  const next = [...fresh.querySelectorAll("button, select, input")].find((one) => one.value === name);
  (next || fresh.closest("[data-thread]")).focus();
}

function patchThread(thread, fresh) {
  const stay = !atBottom(thread);
  const kept = new Set();
  for (const item of [...fresh.children]) {
    kept.add(item.id);
    const words = item.outerHTML;
    const old = document.getElementById(item.id);
    if (old && seen.get(item.id) === words) continue;
    seen.set(item.id, words);
    if (old) {
      item.classList.add("changed");
      replaceItem(old, item);
    } else {
      item.classList.add("arrived");
      thread.append(item);
    }
  }
  for (const item of [...thread.children]) if (!kept.has(item.id)) item.remove();
  if (!stay) toBottom(thread);
}

function patch(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const region of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(region.id);
    if (next && next.innerHTML !== region.innerHTML) region.innerHTML = next.innerHTML;
  }
  for (const thread of document.querySelectorAll("[data-thread]")) {
    const next = fresh.getElementById(thread.id);
    if (next) patchThread(thread, next);
  }
}

async function refresh() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    const answer = await fetch(document.body.dataset.here, { headers: { Accept: "text/html" } });
    if (answer.ok) patch(await answer.text());
  } catch {
    // The sandbox is away; the event source comes back by itself.
  } finally {
    busy = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

async function submit(event) {
  const form = event.target.closest("[data-form]");
  if (!form) return;
  event.preventDefault();
  const data = new URLSearchParams(new FormData(form, event.submitter));
  const buttons = form.querySelectorAll("button");
  for (const one of buttons) one.setAttribute("aria-disabled", "true");
  event.submitter?.classList.add("pressed");
  try {
    const answer = await fetch(form.action, { method: "POST", body: data });
    patch(await answer.text());
    if (answer.ok && form.matches(".composer")) form.querySelector(".text").value = "";
  } finally {
    for (const one of buttons) one.removeAttribute("aria-disabled");
    event.submitter?.classList.remove("pressed");
  }
}

function listen() {
  const clock = document.getElementById("clock");
  let version = null;
  new EventSource("/page/live").addEventListener("message", (event) => {
    const [now, time] = event.data.split(" ");
    clock.textContent = time;
    if (version !== null && now !== version) refresh();
    version = now;
  });
}

document.documentElement.classList.add("live");
remember(document);
for (const thread of document.querySelectorAll("[data-thread]")) toBottom(thread);
document.addEventListener("submit", submit);
listen();
