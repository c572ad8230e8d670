"use strict";
// The page in the chat's sidebar: find out whose chat it is, and send what is shown with one tap.
// What is about to be sent is recorded before the client gets it, and what came of it afterwards.

const page = document.getElementById("sidebar").dataset;
const PATH = "/wecom/sidebar";
const TRIES = [0, 1000, 4000];

function tell(text, good) {
  const told = document.getElementById("told");
  told.textContent = text;
  told.className = `told ${good ? "good" : "bad"}`;
  told.hidden = false;
  told.scrollIntoView({ block: "nearest" });
}

async function post(what, fields) {
  const answer = await fetch(`${PATH}/${what}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token: page.token, ...fields }),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.told || body.detail || `HTTP ${answer.status}`);
  return body;
}

function words(error) {
  return String(error.errMsg || error.message || error);
}

async function currentCustomer() {
  return (await ww.getCurExternalContact()).userId;
}

// Tell what came of a message, though the connection be gone for a moment. The first word counts.
async function report(letter, result, detail) {
  for (const pause of TRIES) {
    await new Promise((done) => setTimeout(done, pause));
    try {
      return await post("result", { letter, result, detail });
    } catch (error) {
      console.warn(error);
    }
  }
  return null; // the page asks the employee when it is opened next
}

async function send(button) {
  const { case: id, shown, again } = button.dataset;
  const customer = await currentCustomer();
  const { letter, message } = await post("send", { case: id, shown, customer, again: again === "yes" });
  let result = "ok";
  let detail = "";
  try {
    await ww.sendChatMessage(message);
  } catch (error) {
    detail = words(error);
    result = /:cancel/.test(detail) ? "cancel" : "fail";
  }
  const told = await report(letter, result, detail);
  if (told) sessionStorage.setItem("told", JSON.stringify({ text: told.told, good: result === "ok" && told.done }));
}

async function onTap(event) {
  const buttons = [...document.querySelectorAll("button.send")];
  for (const button of buttons) button.disabled = true;
  try {
    await send(event.currentTarget);
  } catch (error) {
    sessionStorage.setItem("told", JSON.stringify({ text: words(error), good: false }));
  }
  location.reload();
}

function register() {
  const signature = (kind) => (url) => post("signature", { kind, url });
  ww.register({
    corpId: page.corp,
    agentId: Number(page.agent),
    jsApiList: ["getCurExternalContact", "sendChatMessage"],
    getConfigSignature: signature("config"),
    getAgentConfigSignature: signature("agent_config"),
  });
}

async function begin() {
  const said = sessionStorage.getItem("told");
  if (said) {
    sessionStorage.removeItem("told");
    const { text, good } = JSON.parse(said);
    tell(text, good);
  }
  if (page.ready !== "yes") return tell("还没有设置自建应用，侧边栏不能发送。", false);
  if (!/wxwork/i.test(navigator.userAgent)) return; // an ordinary browser reads only
  register();
  try {
    const customer = await currentCustomer();
    if (customer !== page.customer) return location.replace(`${PATH}?customer=${encodeURIComponent(customer)}`);
    for (const button of document.querySelectorAll("button.send")) {
      button.hidden = false;
      button.addEventListener("click", onTap);
    }
  } catch (error) {
    tell(`企业微信没有告诉我们这是和谁的聊天：${words(error)}`, false);
  }
}

begin();
