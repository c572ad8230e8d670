// Answers each line of JSON with one: what @wecom/crypto makes of it.
import { createInterface } from "node:readline";
import { decrypt, encrypt, getSignature } from "@wecom/crypto";

const calls = {
  seal: ({ token, key, id, message, timestamp, nonce }) => {
    const encrypted = encrypt(key, message, id);
    return { encrypted, signature: getSignature(token, timestamp, nonce, encrypted) };
  },
  open: ({ token, key, encrypted, timestamp, nonce }) => {
    const { message, id } = decrypt(key, encrypted);
    return { message, id, signature: getSignature(token, timestamp, nonce, encrypted) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { call, ...rest } = JSON.parse(line);
  process.stdout.write(JSON.stringify(calls[call](rest)) + "\n");
}
