// The connection over a socket that the test plays: hello, answers by id, heartbeats, coming back.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Backoff } from "../../../control_api/static/backoff.js";
import { Connection } from "../../../control_api/static/connection.js";

class FakeSocket {
  sent = [];
  closed = false;

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
  }

  receive(message) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  welcome(fields = {}) {
    this.onopen?.();
    this.receive({ type: "welcome", heartbeat_s: 5, ...fields });
  }
}

function begin() {
  const sockets = [];
  const beats = [];
  const connection = new Connection({
    url: "ws://test",
    token: "secret",
    tab: "tab",
    backoff: new Backoff({ first_ms: 500, random: () => 1 }),
    createSocket: () => sockets[sockets.push(new FakeSocket()) - 1],
    startTicker: (_, callback) => {
      beats.push(callback);
      return () => beats.splice(beats.indexOf(callback), 1);
    },
  });
  connection.open();
  return { connection, sockets, beat: () => beats.forEach((callback) => callback()) };
}

test("says hello with token and tab, and is open at the welcome", () => {
  const { connection, sockets } = begin();
  assert.equal(connection.status, "connecting");
  sockets[0].welcome({ server_time: new Date(Date.now() + 90_000).toISOString() });
  assert.deepEqual(sockets[0].sent[0], { type: "hello", token: "secret", tab: "tab" });
  assert.equal(connection.status, "open");
  assert.ok(Math.abs(connection.clockOffset_ms - 90_000) < 1000);
});

test("answers find their request by id, whatever their order", async () => {
  const { connection, sockets } = begin();
  sockets[0].welcome();
  const one = connection.request("media.join", { contact: "c_1" });
  const two = connection.request("chat.send", { text: "x" });
  const [, first, second] = sockets[0].sent;
  assert.notEqual(first.id, second.id);
  sockets[0].receive({ type: "error", id: second.id, code: "rate_limited", detail: "slow down" });
  sockets[0].receive({ type: "ok", id: first.id, tracks: [] });
  assert.deepEqual((await one).tracks, []);
  await assert.rejects(two, { code: "rate_limited", detail: "slow down" });
});

test("an error that answers a request never ends the connection", async () => {
  const { connection, sockets } = begin();
  sockets[0].welcome();
  const request = connection.request("watch.start", { contact: "c_1" });
  sockets[0].receive({ type: "error", id: sockets[0].sent[1].id, code: "unknown_contact", detail: "" });
  await assert.rejects(request, { code: "unknown_contact" });
  assert.equal(connection.status, "open");
});

test("a refused hello stays refused, until the person takes over", () => {
  const { connection, sockets } = begin();
  sockets[0].onopen();
  sockets[0].receive({ type: "error", code: "already_connected", detail: "" });
  assert.deepEqual(
    [connection.status, connection.refusal, sockets.length],
    ["refused", "already_connected", 1],
  );
  connection.open({ takeOver: true });
  sockets[1].welcome();
  assert.equal(sockets[1].sent[0].take_over, true);
  assert.equal(connection.status, "open");
});

test("being replaced ends it, even while open", () => {
  const { connection, sockets } = begin();
  sockets[0].welcome();
  sockets[0].receive({ type: "error", code: "replaced", detail: "" });
  assert.deepEqual([connection.status, connection.refusal], ["refused", "replaced"]);
  assert.ok(sockets[0].closed);
});

test("a lost socket rejects what is open and comes back by itself", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { connection, sockets } = begin();
  sockets[0].welcome();
  const request = connection.request("agent.ready");
  sockets[0].onclose();
  await assert.rejects(request, { code: "disconnected" });
  await assert.rejects(connection.request("agent.ready"), { code: "disconnected" });
  assert.equal(connection.status, "reconnecting");
  context.mock.timers.tick(499);
  assert.equal(sockets.length, 1);
  context.mock.timers.tick(1);
  sockets[1].welcome();
  assert.equal(connection.status, "open");
  assert.equal(sockets[1].sent[0].take_over, undefined);
});

test("heartbeats without an answer uncover a dead socket", () => {
  const { connection, sockets, beat } = begin();
  sockets[0].welcome();
  beat();
  assert.equal(sockets[0].sent.at(-1).type, "heartbeat");
  beat();
  assert.equal(connection.status, "open");
  beat();
  assert.equal(connection.status, "reconnecting");
  assert.ok(sockets[0].closed);
  connection.close();
});

test("answered heartbeats keep it open", async () => {
  const { connection, sockets, beat } = begin();
  sockets[0].welcome();
  for (let turn = 0; turn < 10; turn += 1) {
    beat();
    sockets[0].receive({ type: "ok", id: sockets[0].sent.at(-1).id });
    await new Promise(setImmediate);
  }
  assert.equal(connection.status, "open");
  connection.close();
});

test("the wait between attempts doubles to its limit, with jitter below it", () => {
  const top = new Backoff({ first_ms: 500, limit_ms: 10_000, random: () => 1 });
  assert.deepEqual(
    Array.from({ length: 7 }, () => top.next_ms()),
    [500, 1000, 2000, 4000, 8000, 10_000, 10_000],
  );
  const bottom = new Backoff({ first_ms: 500, limit_ms: 10_000, random: () => 0 });
  assert.deepEqual(
    Array.from({ length: 3 }, () => bottom.next_ms()),
    [250, 500, 1000],
  );
  top.reset();
  assert.equal(top.next_ms(), 500);
  const random = mock.fn(Math.random);
  const real = new Backoff({ random });
  for (let attempt = 0; attempt < 5000; attempt += 1) assert.ok(real.next_ms() <= 5_000);
});
