// How does the chat beside the page stay live? It fetches its words after each change; the page itself is left alone.
"use strict";

let version = null;
new EventSource("/page/live").addEventListener("message", async (event) => {
  const [now] = event.data.split(" ");
  if (version !== null && now !== version) {
    const answer = await fetch("/_sidebar/chat");
    if (answer.ok) document.getElementById("chat").innerHTML = await answer.text();
  }
  version = now;
});
