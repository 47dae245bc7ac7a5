// One sample of RTCPeerConnection.getStats(), reduced to what the page shows and decides on.

/**
 * report: an RTCStatsReport (or any Map of its entries); before: the previous summary, or null.
 * Rates are in kbit/s, loss is a ratio of 0 to 1, times in milliseconds.
 */
export function summarise(report, before) {
  const summary = {
    at_ms: 0,
    available_bps: null,
    rtt_ms: null,
    loss_ratio: null,
    sent: [],
    received: [],
    counters: { lost: 0, received: 0, bytes: new Map() },
  };
  const rate_kbps = (entry, bytes) => {
    summary.counters.bytes.set(entry.id, bytes);
    const earlier = before?.counters.bytes.get(entry.id);
    const passed_ms = entry.timestamp - (before?.at_ms ?? entry.timestamp);
    return earlier === undefined || passed_ms <= 0 ? null : ((bytes - earlier) * 8) / passed_ms;
  };

  for (const entry of report.values()) {
    summary.at_ms = Math.max(summary.at_ms, entry.timestamp ?? 0);
    if (entry.type === "candidate-pair" && entry.nominated && entry.state === "succeeded") {
      summary.available_bps = entry.availableOutgoingBitrate ?? summary.available_bps;
      summary.rtt_ms = (entry.currentRoundTripTime ?? 0) * 1000;
    } else if (entry.type === "outbound-rtp" && entry.kind === "video") {
      summary.sent.push({
        mid: entry.mid,
        width: entry.frameWidth ?? 0,
        height: entry.frameHeight ?? 0,
        fps: entry.framesPerSecond ?? 0,
        limited: entry.qualityLimitationReason ?? "none",
        kbps: rate_kbps(entry, entry.bytesSent ?? 0),
      });
    } else if (entry.type === "inbound-rtp") {
      summary.counters.lost += entry.packetsLost ?? 0;
      summary.counters.received += entry.packetsReceived ?? 0;
      if (entry.kind === "video") {
        summary.received.push({
          mid: entry.mid,
          width: entry.frameWidth ?? 0,
          height: entry.frameHeight ?? 0,
          fps: entry.framesPerSecond ?? 0,
          kbps: rate_kbps(entry, entry.bytesReceived ?? 0),
        });
      }
    }
  }

  const lost = summary.counters.lost - (before?.counters.lost ?? 0);
  const received = summary.counters.received - (before?.counters.received ?? 0);
  if (before && lost + received > 0) summary.loss_ratio = Math.max(0, lost) / (lost + received);
  return summary;
}

/** "good" | "fair" | "poor": how the connection feels to the person using it; null while unknown. */
export function feel({ rtt_ms, loss_ratio }) {
  if (rtt_ms == null) return null;
  if (rtt_ms > 400 || loss_ratio > 0.08) return "poor";
  if (rtt_ms > 200 || loss_ratio > 0.02) return "fair";
  return "good";
}
