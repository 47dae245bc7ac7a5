// What the visitor's page knows about its contact, as a function of the server's messages.

import { isRunning } from "../protocol.js";

export const nothing = { contact: null, call: null, talk: null, returned: false };

const OVER = new Set(["completed", "abandoned", "dismissed", "message"]);

export function reduce(state, message) {
  switch (message.type) {
    case "welcome":
      return withContact({ ...state, call: message.call ?? null }, message.contact ?? null);
    case "contact.updated":
      return withContact(state, message.contact);
    case "call.updated":
      return { ...state, call: message.call, talk: message.call.started_at ?? state.talk };
    default:
      return state;
  }
}

function withContact(state, contact) {
  const inLine = contact?.state === "waiting" || contact?.state === "deferred";
  const wrote = phaseOf(state) === "chat";
  return {
    ...state,
    contact,
    // Back in line with a call or chat behind it: the agent was lost, nobody hung up.
    returned: inLine && (state.returned || wrote || isRunning(state.call)),
    call: inLine ? null : state.call,
    talk: state.call?.started_at ?? state.talk,
  };
}

/** "starting" | "waiting" | "call" | "chat" | "ended" */
export function phaseOf({ contact, call }) {
  if (!contact) return "starting";
  if (OVER.has(contact.state)) return "ended";
  if (contact.channel === "chat") return contact.state === "connected" ? "chat" : "waiting";
  return isRunning(call) ? "call" : "waiting";
}
