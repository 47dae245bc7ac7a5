// Follows the loudness of an audio track: calls back with 0 (silence) to 1 on every frame of the
// screen. Returns the function that stops it.

export function followLevel(track, callback) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let frame = 0;
  const look = () => {
    analyser.getFloatTimeDomainData(samples);
    let sum = 0;
    for (const sample of samples) sum += sample * sample;
    callback(levelOf(Math.sqrt(sum / samples.length)));
    frame = requestAnimationFrame(look);
  };
  look();
  return () => {
    cancelAnimationFrame(frame);
    context.close();
  };
}

/** Ears hear in decibels: -60 dB is the bottom of the scale, -10 dB (clear speech) its top. */
export function levelOf(rms) {
  const decibels = 20 * Math.log10(Math.max(rms, 1e-6));
  return Math.min(1, Math.max(0, (decibels + 60) / 50));
}
