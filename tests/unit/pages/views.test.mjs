// What the pages make of the server's messages, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import * as agent from "../../../control_api/static/agent/state.js";
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

const me = (state, more = {}) => ({
  type: "agent.updated",
  agent: { id: "a", state, reason: null, contact: null, ...more },
});
const offer = {
  type: "reservation.created",
  contact: contact("offered"),
  epoch: 7,
  expires_at: "x",
  offer_timeout_s: 20,
};

test("an agent takes an offer through call and wrap-up back to the desk", () => {
  const messages = [{ type: "welcome", agent: me("ready").agent }, me("reserved"), offer];
  assert.equal(after(agent, messages).offer.epoch, 7);
  messages.push({ type: "reservation.ended", contact_id: "c_1", epoch: 7, outcome: "accepted" });
  messages.push(me("busy", { contact: "c_1" }));
  assert.equal(agent.phaseOf(after(agent, messages)), "call");
  assert.equal(after(agent, messages).contact.id, "c_1");
  messages.push(me("wrap_up", { contact: "c_1" }));
  assert.equal(agent.phaseOf(after(agent, messages)), "wrap_up");
  assert.equal(after(agent, messages).contact.id, "c_1");
  messages.push(me("ready"));
  assert.deepEqual([agent.phaseOf(after(agent, messages)), after(agent, messages).contact], ["desk", null]);
});

test("the order of the accepting messages doesn't matter", () => {
  const state = after(agent, [
    { type: "welcome", agent: me("ready").agent },
    me("reserved"),
    offer,
    me("busy", { contact: "c_1" }),
    { type: "contact.updated", contact: contact("connected") },
    { type: "reservation.ended", contact_id: "c_1", epoch: 7, outcome: "accepted" },
    { type: "contact.updated", contact: contact("connected", { recording: "on" }) },
  ]);
  assert.equal(state.offer, null);
  assert.deepEqual([state.contact.id, state.contact.recording], ["c_1", "on"]);
});

test("an offer that ends otherwise vanishes; a stale end touches nothing", () => {
  const before = after(agent, [{ type: "welcome", agent: me("ready").agent }, me("reserved"), offer]);
  const ended = (epoch) => ({ type: "reservation.ended", contact_id: "c_1", epoch, outcome: "timed_out" });
  assert.equal(agent.reduce(before, ended(6)).offer.epoch, 7);
  assert.equal(agent.reduce(before, ended(7)).offer, null);
  assert.equal(agent.reduce(before, me("not_ready", { reason: "missed_offer" })).offer, null);
});

test("another contact's news doesn't replace the one in work", () => {
  const state = after(agent, [
    { type: "welcome", agent: me("busy", { contact: "c_1" }).agent, contact: contact("connected") },
    { type: "contact.updated", contact: { ...contact("waiting"), id: "c_2" } },
  ]);
  assert.equal(state.contact.id, "c_1");
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
