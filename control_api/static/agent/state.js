// What the agent's page knows, as a function of the server's messages.

import { mediumOf } from "../protocol.js";

/**
 * contacts and calls by contact id; order: the ids of the contacts in hand as the page lists them;
 * shown: the one that is on screen.
 */
export const nothing = { agent: null, offer: null, contacts: {}, calls: {}, order: [], shown: null };

/** Reasons an agent can choose for not being ready. */
export const REASONS = ["break", "training", "meeting"];

/** What the agent has in hand, an offer aside: [{id, channel, state, wrap_up_ends_at, contact, call}]. */
export function inHand({ agent, order, contacts, calls }) {
  return order.map((id) => {
    const { contact: _, ...work } = workOn(agent, id);
    return { ...work, id, contact: contacts[id] ?? null, call: calls[id] ?? null };
  });
}

// Talk goes before the wrap-up of an earlier time.
function workOn({ work }, id) {
  const parts = work.filter(({ contact, state }) => contact === id && state !== "offered");
  return parts.find(({ state }) => state === "connected") ?? parts[0];
}

/** The contact on screen, as `inHand` gives it; null at the desk. */
export function shownOf(state) {
  return inHand(state).find(({ id }) => id === state.shown) ?? null;
}

/** "sign_in" | "desk" | "call" | "chat" | "phone" | "wrap_up" */
export function phaseOf(state) {
  if (!state.agent || state.agent.state === "offline") return "sign_in";
  const shown = shownOf(state);
  if (!shown) return "desk";
  if (shown.state === "wrap_up") return "wrap_up";
  return mediumOf(shown);
}

export function reduce(state, message) {
  switch (message.type) {
    case "welcome":
      return withAgent({ ...state, offer: null, ...attended(message.attended ?? []) }, message.agent ?? null);
    case "agent.updated":
      return withAgent(state, message.agent);
    case "contact.updated":
      return withContact(state, message.contact);
    case "call.updated":
      return { ...state, calls: { ...state.calls, [message.call.contact_id]: message.call } };
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

/** Another contact in hand comes on screen. */
export function show(state, id) {
  return state.order.includes(id) ? { ...state, shown: id } : state;
}

function attended(list) {
  const contacts = {};
  const calls = {};
  for (const { contact, call } of list) {
    contacts[contact.id] = contact;
    if (call) calls[contact.id] = call;
  }
  return { contacts, calls };
}

function withAgent(state, agent) {
  const work = agent?.work ?? [];
  // Once, though the contact may be back while the wrap-up of an earlier time goes on.
  const held = [...new Set(work.filter((one) => one.state !== "offered").map(({ contact }) => contact))];
  // Who is in hand keeps the place in the list, also in wrap-up; who is new comes last.
  const order = state.order.filter((id) => held.includes(id));
  const added = held.filter((id) => !order.includes(id));
  order.push(...added);
  return {
    ...state,
    agent,
    order,
    shown: nextShown(state.shown, order, added, work),
    contacts: only(state.contacts, held),
    calls: only(state.calls, held),
    // By the contact, not by the agent's state: that follows in a message of its own.
    offer: work.some((one) => one.state === "offered" && one.contact === state.offer?.contact.id) ? state.offer : null,
  };
}

// What was just accepted comes on screen; what is gone gives way to somebody who talks.
function nextShown(shown, order, added, work) {
  const stays = order.includes(shown);
  if (added.length > 0 && (stays || added.length === 1)) return added.at(-1);
  if (stays) return shown;
  const talks = (id) => work.find(({ contact }) => contact === id).state === "connected";
  return order.find(talks) ?? order[0] ?? null;
}

function only(map, ids) {
  return Object.fromEntries(Object.entries(map).filter(([id]) => ids.includes(id)));
}

function withContact(state, contact) {
  if (state.offer?.contact.id === contact.id) {
    return { ...state, offer: { ...state.offer, contact } };
  }
  if (!state.order.includes(contact.id)) return state;
  return { ...state, contacts: { ...state.contacts, [contact.id]: contact } };
}

function ended(state, { contact_id, epoch, outcome }) {
  const { offer } = state;
  if (offer?.contact.id !== contact_id || offer.epoch !== epoch) return state;
  if (outcome !== "accepted") return { ...state, offer: null };
  return { ...state, offer: null, contacts: { ...state.contacts, [contact_id]: offer.contact } };
}
