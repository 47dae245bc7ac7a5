// What more than one page has to know of the protocol's shapes (docs/reference/protocol.md).

/** True while a CallView's room is open: from the agent's acceptance to the end. */
export function isRunning(call) {
  return call?.state === "accepted" || call?.state === "connected";
}
