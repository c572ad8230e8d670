"""sandbox: a strict WeCom on loopback with a chat page. An independent judge: it shares no code with the client."""
