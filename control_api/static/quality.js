// What the camera's encoder gives up first when the network is narrow. A face and a document held
// into the camera are worth their resolution, so 720p is kept and the frame rate gives way; only
// below about 500 kbit/s, where 720p becomes a slide show, may the encoder scale down too.

export const CAMERA = {
  constraints: {
    width: { min: 640, ideal: 1280 },
    height: { min: 360, ideal: 720 },
    frameRate: { ideal: 30, max: 30 },
  },
  // 720p30 of a talking person looks clean at 1.5 to 2 Mbit/s; the rest is room for movement.
  encoding: { maxBitrate: 2_500_000, maxFramerate: 30 },
  contentHint: "motion",
};

export const SCREEN = {
  constraints: { frameRate: { ideal: 15, max: 15 }, width: { max: 1920 }, height: { max: 1200 } },
  // Text needs sharp edges more than smooth scrolling.
  encoding: { maxBitrate: 4_000_000, maxFramerate: 15 },
  contentHint: "detail",
};

const NARROW_BPS = 500_000;
// Well above NARROW_BPS: each change makes the encoder start over with a key frame.
const WIDE_BPS = 700_000;
// One bad sample is a hiccup, three in a row (6 s) are the network.
const SAMPLES_TO_SWITCH = 3;
// The estimate starts near 300 kbit/s on any network and needs some seconds to find the truth.
const SETTLING_S = 10;

export class QualityPolicy {
  preference = "maintain-resolution";
  #streak = 0;

  /**
   * Takes one sample; returns the degradation preference to use from now on.
   * available_bps: the estimate of what can be sent, or null if unknown; connected_s: age of the connection.
   */
  observe({ available_bps, connected_s }) {
    if (available_bps == null || connected_s < SETTLING_S) return this.preference;
    const narrow = this.preference === "balanced";
    const disagrees = narrow ? available_bps >= WIDE_BPS : available_bps < NARROW_BPS;
    this.#streak = disagrees ? this.#streak + 1 : 0;
    if (this.#streak >= SAMPLES_TO_SWITCH) {
      this.preference = narrow ? "maintain-resolution" : "balanced";
      this.#streak = 0;
    }
    return this.preference;
  }

  /** After a change of network nothing of the old estimate holds. */
  reset() {
    this.preference = "maintain-resolution";
    this.#streak = 0;
  }
}

/** Codecs in the order to offer them: VP8 and H.264 decode everywhere, what isn't a codec goes last. */
export function orderCodecs(codecs) {
  const order = ["video/vp8", "video/h264", "video/vp9", "video/av1", "video/h265"];
  const rank = ({ mimeType }) => {
    const place = order.indexOf(mimeType.toLowerCase());
    return place < 0 ? order.length : place;
  };
  return [...codecs].sort((one, other) => rank(one) - rank(other));
}
