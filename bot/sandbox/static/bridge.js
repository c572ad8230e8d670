// The employee's client, as @wecom/jssdk finds it: a browser that calls itself wxwork, and window.WeixinJSBridge.
(() => {
  "use strict";
  const agent = `${navigator.userAgent} wxwork/4.1.36 MicroMessenger/7.0.1`;
  Object.defineProperty(navigator, "userAgent", { get: () => agent });

  const invoke = async (name, params, callback) => {
    const answer = await fetch("/_sidebar/invoke", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name, params: params || {}, url: location.href }),
    });
    if (answer.status === 200 && callback) callback(await answer.json());
  };

  window.WeixinJSBridge = { invoke, on: () => {} };
  document.dispatchEvent(new Event("WeixinJSBridgeReady"));
})();
