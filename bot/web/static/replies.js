// The form of a reply: a tap puts a fact into the words, and what is typed is shown as customers would get it. Without
// it the list beside the words tells what to type, and the button that saves shows the same.
const form = document.getElementById("reply");
const body = document.getElementById("reply.body");
const words = document.getElementById("words");
const WAIT = 400;
let waiting, asking;

const field = (name) => form.elements.namedItem(name);

function insert(text) {
  body.setRangeText(text, body.selectionStart, body.selectionEnd, "end");
  body.focus();
}

function tapped(button) {
  const fact = button.dataset.fact;
  const use = field(`reply.uses.${fact}`);
  use.value ||= "facts";
  insert(use.value === "facts" ? `{{ ${fact} }}` : `{% if ${fact} %}{{ ${fact} }}{% endif %}`);
  soon();
}

async function show() {
  asking?.abort();
  asking = new AbortController();
  try {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.words, { method: "POST", body, signal: asking.signal });
    if (answer.ok) words.innerHTML = await answer.text();
  } catch {
    // The next letter asks again, and the button that saves needs none of this.
  }
}

function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(show, WAIT);
}

if (form) {
  form.addEventListener("input", soon);
  for (const button of form.querySelectorAll("[data-fact]")) {
    button.hidden = false;
    button.addEventListener("click", () => tapped(button));
  }
}
