// What the pages make of the server's messages, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as agent from "../../../control_api/static/agent/state.js";
import { telephoneLink } from "../../../control_api/static/agent/telephone.js";
import { withName } from "../../../control_api/static/components/colleagues.js";
import { withMessage } from "../../../control_api/static/conversation.js";
import { problemOf } from "../../../control_api/static/devices.js";
import { shortcutOf } from "../../../control_api/static/shortcuts.js";
import { claimsOf, tokenInText } from "../../../control_api/static/token.js";
import * as visitor from "../../../control_api/static/visitor/state.js";

const contact = (state, more = {}) => ({ id: "c_1", state, position: 2, agent: null, ...more });
const call = (state, more = {}) => ({ contact_id: "c_1", state, held: false, started_at: null, ...more });
const after = (page, messages) => messages.reduce(page.reduce, page.nothing);

test("a visitor waits, talks and is done", () => {
  const messages = [{ type: "welcome", contact: contact("waiting") }];
  assert.equal(visitor.phaseOf(after(visitor, messages)), "waiting");
  messages.push({ type: "contact.updated", contact: contact("offered") });
  assert.equal(visitor.phaseOf(after(visitor, messages)), "waiting");
  messages.push({ type: "contact.updated", contact: contact("connected") });
  messages.push({ type: "call.updated", call: call("accepted") });
  assert.equal(visitor.phaseOf(after(visitor, messages)), "call");
  messages.push({ type: "call.updated", call: call("connected", { started_at: "2026-01-01T00:00:00Z" }) });
  messages.push({ type: "contact.updated", contact: contact("completed") });
  assert.equal(visitor.phaseOf(after(visitor, messages)), "ended");
  assert.equal(after(visitor, messages).talk, "2026-01-01T00:00:00Z");
});

test("a visitor whose agent was lost is back in line and told so", () => {
  const state = after(visitor, [
    { type: "welcome", contact: contact("connected"), call: call("connected") },
    { type: "contact.updated", contact: contact("waiting", { position: 1 }) },
  ]);
  assert.deepEqual([visitor.phaseOf(state), state.returned, state.call], ["waiting", true, null]);
});

test("a reload brings a visitor straight into the running call", () => {
  const state = after(visitor, [{ type: "welcome", contact: contact("connected"), call: call("connected") }]);
  assert.equal(visitor.phaseOf(state), "call");
});

const work = (contact, state, channel = "video", wrap_up_ends_at = null) => ({
  contact,
  channel,
  state,
  wrap_up_ends_at,
});
const me = (state, ...held) => ({
  type: "agent.updated",
  agent: { id: "a", state, reason: null, work: held },
});
const offer = (id = "c_1", epoch = 7) => ({
  type: "reservation.created",
  contact: { ...contact("offered"), id },
  epoch,
  expires_at: "x",
  offer_timeout_s: 20,
});
const accepted = (id = "c_1", epoch = 7) => ({
  type: "reservation.ended",
  contact_id: id,
  epoch,
  outcome: "accepted",
});
const ready = { type: "welcome", agent: me("ready").agent };

test("an agent takes an offer through call and wrap-up back to the desk", () => {
  const messages = [ready, offer(), me("reserved", work("c_1", "offered"))];
  assert.equal(after(agent, messages).offer.epoch, 7);
  assert.equal(agent.phaseOf(after(agent, messages)), "desk");
  messages.push(accepted(), me("busy", work("c_1", "connected")));
  assert.equal(agent.phaseOf(after(agent, messages)), "call");
  assert.equal(agent.shownOf(after(agent, messages)).contact.id, "c_1");
  messages.push(me("wrap_up", work("c_1", "wrap_up", "video", "soon")));
  assert.equal(agent.phaseOf(after(agent, messages)), "wrap_up");
  assert.equal(agent.shownOf(after(agent, messages)).wrap_up_ends_at, "soon");
  messages.push(me("ready"));
  assert.deepEqual([agent.phaseOf(after(agent, messages)), after(agent, messages).contacts], ["desk", {}]);
});

test("the order of the accepting messages doesn't matter", () => {
  const state = after(agent, [
    ready,
    offer(),
    me("reserved", work("c_1", "offered")),
    me("busy", work("c_1", "connected")),
    { type: "contact.updated", contact: contact("connected") },
    accepted(),
    { type: "contact.updated", contact: contact("connected", { recording: "on" }) },
  ]);
  assert.equal(state.offer, null);
  assert.deepEqual([agent.shownOf(state).id, agent.shownOf(state).contact.recording], ["c_1", "on"]);
});

test("an offer rings on although the agent's state follows later", () => {
  // What the agent has and the state are committed one after the other, perhaps not together.
  const state = after(agent, [ready, offer(), me("ready", work("c_1", "offered")), me("reserved", work("c_1", "offered"))]);
  assert.equal(state.offer.epoch, 7);
});

test("an offer that ends otherwise vanishes; a stale end touches nothing", () => {
  const before = after(agent, [ready, offer(), me("reserved", work("c_1", "offered"))]);
  const ended = (epoch) => ({ type: "reservation.ended", contact_id: "c_1", epoch, outcome: "timed_out" });
  assert.equal(agent.reduce(before, ended(6)).offer.epoch, 7);
  assert.equal(agent.reduce(before, ended(7)).offer, null);
  assert.equal(agent.reduce(before, me("not_ready")).offer, null);
});

const inCall = [ready, offer(), accepted(), me("busy", work("c_1", "connected"))];
const inBoth = [
  ...inCall,
  offer("c_2", 8),
  me("reserved", work("c_1", "connected"), work("c_2", "offered", "chat")),
  accepted("c_2", 8),
  me("busy", work("c_1", "connected"), work("c_2", "connected", "chat")),
];
const listed = (state) => agent.inHand(state).map(({ id, channel }) => [id, channel]);

test("an offer rings beside a call, and what is accepted comes on screen", () => {
  const ringing = after(agent, inBoth.slice(0, 6));
  assert.deepEqual([ringing.offer.epoch, agent.phaseOf(ringing), listed(ringing)], [8, "call", [["c_1", "video"]]]);
  const both = after(agent, inBoth);
  assert.deepEqual([both.offer, agent.phaseOf(both)], [null, "chat"]);
  assert.deepEqual(listed(both), [
    ["c_1", "video"],
    ["c_2", "chat"],
  ]);
  assert.equal(agent.phaseOf(agent.show(both, "c_1")), "call");
  assert.equal(agent.show(both, "c_3").shown, "c_2");
});

test("a contact keeps its place in the list through wrap-up, and gives way when it is done", () => {
  const over = agent.reduce(agent.show(after(agent, inBoth), "c_1"), {
    ...me("busy", work("c_2", "connected", "chat"), work("c_1", "wrap_up")),
  });
  assert.deepEqual([listed(over)[0], agent.phaseOf(over)], [["c_1", "video"], "wrap_up"]);
  const done = agent.reduce(over, me("busy", work("c_2", "connected", "chat")));
  assert.deepEqual([agent.phaseOf(done), Object.keys(done.contacts)], ["chat", ["c_2"]]);
});

test("calls and contacts are kept apart", () => {
  const state = after(agent, [
    ...inBoth,
    { type: "call.updated", call: call("connected") },
    { type: "contact.updated", contact: { ...contact("connected"), id: "c_2", notes: "wrote" } },
    { type: "contact.updated", contact: { ...contact("waiting"), id: "c_3" } },
  ]);
  const [first, second] = agent.inHand(state);
  assert.deepEqual([first.call.state, second.call], ["connected", null]);
  assert.deepEqual([first.contact.notes, second.contact.notes], [undefined, "wrote"]);
  assert.deepEqual(Object.keys(state.contacts), ["c_1", "c_2"]);
});

test("a reload brings all that is in hand, and one who talks on screen", () => {
  const held = [work("c_1", "wrap_up"), work("c_2", "connected", "chat"), work("c_3", "offered", "chat")];
  const state = after(agent, [
    {
      type: "welcome",
      agent: me("reserved", ...held).agent,
      attended: ["c_1", "c_2", "c_3"].map((id) => ({ contact: { ...contact("x"), id }, call: null, messages: [] })),
    },
    offer("c_3", 9),
  ]);
  assert.deepEqual([agent.phaseOf(state), state.order, state.offer.epoch], ["chat", ["c_1", "c_2"], 9]);
});

test("a visitor who chats waits, writes and is done, or is back in line", () => {
  const chat = (state) => ({ type: "contact.updated", contact: contact(state, { channel: "chat" }) });
  const phases = ["waiting", "offered", "connected", "completed"].map((state) =>
    visitor.phaseOf(after(visitor, [chat(state)])),
  );
  assert.deepEqual(phases, ["waiting", "waiting", "chat", "ended"]);
  assert.equal(after(visitor, [chat("connected"), chat("waiting")]).returned, true);
});

test("chat keeps the server's order and drops doubles", () => {
  const ordered = [3, 1, 2, 3].reduce((list, seq) => withMessage(list, { seq }), []);
  assert.deepEqual(
    ordered.map(({ seq }) => seq),
    [1, 2, 3],
  );
});

test("what getUserMedia throws has a name people understand", () => {
  const names = ["NotAllowedError", "NotFoundError", "NotReadableError", "InsecureContext", "TypeError"];
  assert.deepEqual(
    names.map((name) => problemOf({ name })),
    ["refused", "missing", "busy", "insecure", "failed"],
  );
});

test("shortcuts leave typing and the browser's own keys alone", () => {
  const press = (key, more = {}) => shortcutOf({ key, target: { tagName: "BODY" }, ...more });
  assert.equal(press("m"), "m");
  assert.equal(press("?", { shiftKey: true }), "?");
  assert.equal(press("X", { shiftKey: true }), "shift+x");
  assert.equal(press("m", { ctrlKey: true }), null);
  assert.equal(press("m", { repeat: true }), null);
  assert.equal(press("m", { target: { tagName: "TEXTAREA" } }), null);
});

test("a pasted link and a pasted token are both understood, anything else is not", () => {
  const token = "aa-_.bb.cc";
  assert.equal(tokenInText(`  ${token} `), token);
  assert.equal(tokenInText(`https://help.example/agent?lang=zh#token=${token}`), token);
  assert.equal(tokenInText("https://help.example/agent"), null);
  assert.equal(tokenInText("hello"), null);
});

test("claims are read with their umlauts, and garbage is no claim", () => {
  const claims = { role: "agent", name: "Zoë 王伟" };
  const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
  assert.deepEqual(claimsOf(`x.${payload}.y`), claims);
  assert.deepEqual(claimsOf("garbage"), {});
});

test("a visitor who is called back later waits; one who was sent away, or left a message, is done", () => {
  for (const [state, phase] of [["deferred", "waiting"], ["dismissed", "ended"], ["message", "ended"]]) {
    const messages = [{ type: "welcome", contact: contact(state) }];
    assert.equal(visitor.phaseOf(after(visitor, messages)), phase, state);
  }
});

test("a chat that is back with an agent who still wraps it up is listed once, as talk", () => {
  const work = (state) => ({ contact: "c_1", channel: "chat", state, wrap_up_ends_at: null });
  const state = agent.reduce(agent.nothing, {
    type: "welcome",
    agent: { state: "busy", work: [work("wrap_up"), work("connected")] },
    attended: [{ contact: contact("connected"), call: null, messages: [] }],
  });
  assert.deepEqual(
    agent.inHand(state).map(({ id, state }) => [id, state]),
    [["c_1", "connected"]],
  );
  assert.equal(agent.phaseOf(state), "chat");
});

test("colleagues are found by any part of the name, in their order", () => {
  const all = [{ id: "m1", name: "Mei Lin" }, { id: "li", name: "李梅" }, { id: "b", name: "Bo" }];
  const ids = (sought) => withName(all, sought).map(({ id }) => id);
  assert.deepEqual(ids(" LI"), ["m1", "li"]);
  assert.deepEqual(ids("梅"), ["li"]);
  assert.deepEqual(ids(""), ["m1", "li", "b"]);
});

test("who is phoned has a page of their own, who asks about them is written with", () => {
  const held = (kind) => [
    ready,
    { ...offer(), contact: { ...offer().contact, kind } },
    accepted(),
    me("busy", work("c_1", "connected", "callback")),
  ];
  assert.equal(agent.phaseOf(after(agent, held("callback"))), "phone");
  assert.equal(agent.phaseOf(after(agent, held("consult"))), "chat");
});

test("a number becomes a link, an address does not", () => {
  assert.equal(telephoneLink("+49 30 1234"), "tel:+49301234");
  assert.equal(telephoneLink("+49 (0)30/12\u201134"), "tel:+49301234");
  assert.equal(telephoneLink("(0591) 8765-4321"), "tel:059187654321");
  assert.equal(telephoneLink("\uff11\uff13\uff18 0013 8000"), "tel:13800138000");
  assert.equal(telephoneLink("*100#"), "tel:*100%23");
  for (const text of ["ada@example.com", "extension 12", "", "javascript:1"]) {
    assert.equal(telephoneLink(text), null, text);
  }
});
