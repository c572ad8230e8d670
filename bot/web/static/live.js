// Keeps a page up to date: swaps what has changed, and says whether it is still connected. The page works without it.
"use strict";
(() => {
  const sign = document.getElementById("live");
  if (!sign) return;
  const FIRST_WAIT = 1000, LONGEST_WAIT = 60000;
  const query = new URLSearchParams(location.search);
  query.set("about", sign.dataset.about);
  const address = "/live?" + query;
  let wait = FIRST_WAIT, base = null;

  const say = (word, kind) => {
    if (sign.textContent !== word) sign.textContent = word;
    sign.className = "live " + kind;
    sign.hidden = false;
  };

  // The part in place of its former self: what was open stays open, and the focus stays where it was.
  const swap = (name, html) => {
    const old = document.querySelector(`[data-live="${name}"]`);
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-live]");
    if (!old || !fresh) return;
    for (const one of old.querySelectorAll("details[open][id]")) fresh.querySelector("#" + one.id)?.setAttribute("open", "");
    if (old.isEqualNode(fresh)) return;
    const links = [...old.querySelectorAll("a[href], summary")];
    const place = links.indexOf(document.activeElement);
    old.replaceWith(fresh);
    if (place >= 0) [...fresh.querySelectorAll("a[href], summary")][Math.min(place, links.length - 1)]?.focus();
  };

  const showNews = (noticed) => {
    const link = document.getElementById("news");
    if (base === null || noticed < base) base = noticed;
    if (!link || noticed === base) return;
    link.textContent = sign.dataset.news.replace("{n}", noticed - base);
    link.hidden = false;
  };

  const open = () => {
    const stream = new EventSource(address);
    stream.onopen = () => { wait = FIRST_WAIT; say(sign.dataset.on, "on"); };
    stream.onerror = () => {
      stream.close();
      say(sign.dataset.off, "off");
      setTimeout(open, wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT);
    };
    stream.addEventListener("health", (event) => {
      const { as_of: at, parts } = JSON.parse(event.data);
      for (const [name, html] of Object.entries(parts)) swap(name, html);
      document.getElementById("as-of")?.replaceChildren(at);
    });
    stream.addEventListener("anomalies", (event) => showNews(JSON.parse(event.data).noticed));
    stream.addEventListener("over", () => { stream.close(); say(sign.dataset.over, "off"); });
    addEventListener("pagehide", () => stream.close(), { once: true });
  };
  open();
})();
