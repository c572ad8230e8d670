// The official SDK as a bot: it replies as the first argument says, and tells on stdout what it met.
import AiBot, { generateReqId } from "@wecom/aibot-node-sdk";

const { url, bot_id: botId, secret, card, changed } = JSON.parse(process.argv[2]);
const tell = (event, rest = {}) => process.stdout.write(JSON.stringify({ event, ...rest }) + "\n");
const logger = {
  debug: () => {},
  info: () => {},
  warn: (text, ...rest) => tell("warned", { text: [text, ...rest].join(" ") }),
  error: (text, ...rest) => tell("warned", { text: [text, ...rest].join(" ") }),
};
const client = new AiBot.WSClient({ botId, secret, wsUrl: url, heartbeatInterval: 100, reconnectInterval: 50, logger });

const acknowledged = async (what, promise) => tell("acknowledged", { what, errcode: (await promise).errcode });
client.on("authenticated", () => tell("authenticated"));
client.on("disconnected", () => tell("disconnected"));
client.on("error", (error) => tell("failed", { text: String(error) }));
client.on("event.disconnected_event", () => tell("kicked"));
client.on("event.enter_chat", (frame) =>
  acknowledged("welcome", client.replyWelcome(frame, { msgtype: "text", text: { content: "您好" } })),
);
client.on("message.text", async (frame) => {
  tell("heard", { body: frame.body });
  const stream = generateReqId("stream");
  const first = client.replyStream(frame, stream, "正在看", false);
  const last = client.replyStream(frame, stream, "看完了", true);
  await acknowledged("stream", first);
  await acknowledged("stream", last);
  await acknowledged("card", client.replyTemplateCard(frame, card));
});
client.on("event.template_card_event", (frame) => {
  tell("tapped", { body: frame.body });
  return acknowledged("update", client.updateTemplateCard(frame, changed));
});
process.stdin.on("end", () => process.exit(0)).resume();
client.connect();
