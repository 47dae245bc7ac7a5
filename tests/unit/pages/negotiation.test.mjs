// The negotiation's promise: one round at a time, wishes in between make exactly one more round,
// a failed round leaves the peer connection stable.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Negotiation, fingerprintOf } from "../../../control_api/static/negotiation.js";

class FakePeer {
  signalingState = "stable";
  localDescription = null;
  log = [];
  offers = 0;

  async createOffer() {
    assert.equal(this.signalingState, "stable", "an offer was begun in the middle of another");
    this.offers += 1;
    return { type: "offer", sdp: `offer ${this.offers}` };
  }

  async setLocalDescription(description) {
    this.log.push(description.type);
    this.signalingState = description.type === "rollback" ? "stable" : "have-local-offer";
    if (description.type === "offer") this.localDescription = description;
  }

  async setRemoteDescription({ type, sdp }) {
    if (sdp === "bad") throw new Error("can't parse");
    this.log.push(type);
    this.signalingState = "stable";
  }
}

/** A negotiation whose exchanges are answered by the test, in order. */
function begin() {
  const peer = new FakePeer();
  const waiting = [];
  let prepared = 0;
  const negotiation = new Negotiation({
    peer,
    prepare: () => (prepared += 1),
    exchange: (sdp) => new Promise((resolve, reject) => waiting.push({ sdp, resolve, reject })),
  });
  return {
    peer,
    negotiation,
    prepared: () => prepared,
    async next() {
      while (waiting.length === 0) await new Promise(setImmediate);
      return waiting.shift();
    },
    get open() {
      return waiting.length;
    },
  };
}

test("one request is one round", async () => {
  const { peer, negotiation, next, prepared } = begin();
  const done = negotiation.request();
  const exchange = await next();
  assert.equal(negotiation.state, "offering");
  assert.equal(exchange.sdp, "offer 1");
  exchange.resolve("answer");
  await done;
  assert.deepEqual(peer.log, ["offer", "answer"]);
  assert.deepEqual([negotiation.rounds, prepared(), negotiation.state], [1, 1, "idle"]);
});

test("wishes during a round are gathered into exactly one more", async () => {
  const room = begin();
  const first = room.negotiation.request();
  const exchange = await room.next();
  const more = [room.negotiation.request(), room.negotiation.request(), room.negotiation.request()];
  assert.equal(room.open, 0, "nothing is sent before the answer");
  exchange.resolve("answer");
  await first;
  (await room.next()).resolve("answer");
  await Promise.all(more);
  await new Promise(setImmediate);
  assert.deepEqual([room.negotiation.rounds, room.peer.offers, room.prepared()], [2, 2, 2]);
});

test("a refused offer is rolled back and the next round goes on", async () => {
  const room = begin();
  const first = room.negotiation.request();
  const exchange = await room.next();
  const second = room.negotiation.request();
  exchange.reject(new Error("unknown_track"));
  await assert.rejects(first, /unknown_track/);
  (await room.next()).resolve("answer");
  await second;
  assert.deepEqual(room.peer.log, ["offer", "rollback", "offer", "answer"]);
  assert.equal(room.peer.signalingState, "stable");
});

test("an answer the browser can't use leaves it stable too", async () => {
  const room = begin();
  const round = room.negotiation.request();
  (await room.next()).resolve("bad");
  await assert.rejects(round, /can't parse/);
  assert.equal(room.peer.signalingState, "stable");
});

test("after closing nothing begins any more", async () => {
  const room = begin();
  const first = room.negotiation.request();
  const exchange = await room.next();
  const second = room.negotiation.request();
  room.negotiation.close();
  exchange.resolve("answer");
  await first;
  await assert.rejects(second, /closed/);
  await assert.rejects(room.negotiation.request(), /closed/);
  assert.equal(room.peer.offers, 1);
});

test("the fingerprint tells one server session from another", () => {
  assert.equal(fingerprintOf("v=0\r\na=fingerprint:sha-256 AB:CD\r\nm=audio"), "AB:CD");
  assert.equal(fingerprintOf(undefined), null);
});
