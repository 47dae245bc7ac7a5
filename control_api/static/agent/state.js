// What the agent's page knows, as a function of the server's messages.

export const nothing = { agent: null, offer: null, contact: null, call: null, planned: null };

/** Reasons an agent can choose for not being ready. */
export const REASONS = ["break", "training", "meeting"];

/** "sign_in" | "desk" | "call" | "wrap_up" */
export function phaseOf({ agent }) {
  switch (agent?.state) {
    case undefined:
    case "offline":
      return "sign_in";
    case "busy":
      return "call";
    case "wrap_up":
      return "wrap_up";
    default:
      return "desk";
  }
}

export function reduce(state, message) {
  switch (message.type) {
    case "welcome":
      return withAgent(
        { ...state, offer: null, contact: message.contact ?? null, call: message.call ?? null },
        message.agent ?? null,
      );
    case "agent.updated":
      return withAgent(state, message.agent);
    case "contact.updated":
      return withContact(state, message.contact);
    case "call.updated":
      return { ...state, call: message.call };
    case "reservation.created":
      return {
        ...state,
        offer: {
          contact: message.contact,
          epoch: message.epoch,
          expires_at: message.expires_at,
          timeout_s: message.offer_timeout_s,
        },
      };
    case "reservation.ended":
      return ended(state, message);
    default:
      return state;
  }
}

/** The agent chose a state for after the running contact: a reason, or null for ready. */
export function plan(state, reason) {
  return { ...state, planned: reason };
}

function withAgent(state, agent) {
  const engaged = agent?.state === "busy" || agent?.state === "wrap_up";
  if (engaged) return { ...state, agent };
  const reserved = agent?.state === "reserved";
  return {
    ...state,
    agent,
    planned: null,
    call: null,
    contact: null,
    offer: reserved ? state.offer : null,
  };
}

function withContact(state, contact) {
  if (state.offer?.contact.id === contact.id) {
    return { ...state, offer: { ...state.offer, contact } };
  }
  const engaged = phaseOf(state) === "call" || phaseOf(state) === "wrap_up";
  if (state.contact?.id === contact.id || (engaged && state.agent.contact === contact.id)) {
    return { ...state, contact };
  }
  return state;
}

function ended(state, { contact_id, epoch, outcome }) {
  const { offer } = state;
  if (offer?.contact.id !== contact_id || offer.epoch !== epoch) return state;
  return { ...state, offer: null, contact: outcome === "accepted" ? offer.contact : state.contact };
}
