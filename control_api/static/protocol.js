// What more than one page has to know of the protocol's shapes (docs/reference/protocol.md).

/**
 * How an agent and whoever they have in hand meet: "call" (in a room), "phone" or "chat". One without
 * a room is asked about in writing.
 */
export function mediumOf({ channel, contact }) {
  if (channel === "voice" || channel === "video") return "call";
  return channel === "callback" && contact?.kind !== "consult" ? "phone" : "chat";
}

/** True while a CallView's room is open: from the agent's acceptance to the end. */
export function isRunning(call) {
  return call?.state === "accepted" || call?.state === "connected";
}
