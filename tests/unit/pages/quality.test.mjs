// The quality policy keeps 720p unless the network is really narrow, and doesn't flap at its edge.

import assert from "node:assert/strict";
import { test } from "node:test";

import { QualityPolicy, orderCodecs } from "../../../control_api/static/quality.js";
import { feel, summarise } from "../../../control_api/static/statistics.js";

const kbps = (rate) => ({ available_bps: rate * 1000, connected_s: 60 });
const observe = (policy, rates) => rates.map((rate) => policy.observe(kbps(rate)));

test("resolution is kept on a normal network", () => {
  assert.deepEqual(
    new Set(observe(new QualityPolicy(), [2500, 900, 520, 501])),
    new Set(["maintain-resolution"]),
  );
});

test("the low estimate of the first seconds says nothing", () => {
  const policy = new QualityPolicy();
  for (let second = 0; second < 10; second += 1) {
    assert.equal(policy.observe({ available_bps: 300_000, connected_s: second }), "maintain-resolution");
  }
});

test("three narrow samples in a row switch, a hiccup doesn't", () => {
  const policy = new QualityPolicy();
  observe(policy, [300, 300, 900, 300, 300]);
  assert.equal(policy.preference, "maintain-resolution");
  observe(policy, [300]);
  assert.equal(policy.preference, "balanced");
});

test("coming back needs clearly more than going down", () => {
  const policy = new QualityPolicy();
  observe(policy, [300, 300, 300]);
  observe(policy, [520, 600, 690, 520, 600, 690]);
  assert.equal(policy.preference, "balanced", "between the two thresholds nothing changes");
  observe(policy, [800, 800, 800]);
  assert.equal(policy.preference, "maintain-resolution");
});

test("an estimate that sways around one threshold never flaps", () => {
  const policy = new QualityPolicy();
  let switches = 0;
  let before = policy.preference;
  for (let sample = 0; sample < 400; sample += 1) {
    const now = policy.observe(kbps(500 + 150 * Math.sin(sample / 3)));
    switches += now === before ? 0 : 1;
    before = now;
  }
  assert.ok(switches <= 1, `${switches} switches`);
});

test("a missing estimate changes nothing, a reset forgets", () => {
  const policy = new QualityPolicy();
  observe(policy, [300, 300, 300]);
  assert.equal(policy.observe({ available_bps: null, connected_s: 60 }), "balanced");
  policy.reset();
  assert.equal(policy.preference, "maintain-resolution");
});

test("VP8 is offered first, H.264 next, repair formats last, each group in its own order", () => {
  const codecs = ["video/rtx", "video/AV1", "video/H264", "video/VP9", "video/VP8", "video/red"];
  assert.deepEqual(
    orderCodecs(codecs.map((mimeType) => ({ mimeType }))).map(({ mimeType }) => mimeType),
    ["video/VP8", "video/H264", "video/VP9", "video/AV1", "video/rtx", "video/red"],
  );
});

test("two reports make rates and a loss ratio", () => {
  const report = (at, bytes, received, lost) =>
    new Map([
      [
        "o",
        {
          id: "o",
          type: "outbound-rtp",
          kind: "video",
          timestamp: at,
          bytesSent: bytes,
          frameWidth: 1280,
          frameHeight: 720,
          framesPerSecond: 30,
        },
      ],
      [
        "i",
        {
          id: "i",
          type: "inbound-rtp",
          kind: "video",
          timestamp: at,
          bytesReceived: bytes,
          packetsReceived: received,
          packetsLost: lost,
        },
      ],
      [
        "p",
        {
          id: "p",
          type: "candidate-pair",
          nominated: true,
          state: "succeeded",
          timestamp: at,
          availableOutgoingBitrate: 2e6,
          currentRoundTripTime: 0.04,
        },
      ],
    ]);
  const first = summarise(report(1000, 10_000, 100, 0), null);
  assert.equal(first.loss_ratio, null);
  const second = summarise(report(3000, 510_000, 190, 10), first);
  assert.equal(second.sent[0].kbps, 2000);
  assert.equal(second.loss_ratio, 0.1);
  assert.deepEqual([second.available_bps, second.rtt_ms, feel(second)], [2e6, 40, "poor"]);
  assert.equal(feel({ rtt_ms: 30, loss_ratio: 0 }), "good");
  assert.equal(feel({ rtt_ms: null, loss_ratio: null }), null);
});
