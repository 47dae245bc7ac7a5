// A moving test picture and a soft test tone, for whoever has no camera or microphone at hand.
// Each returns {track, stop()}.

const WIDTH = 1280;
const HEIGHT = 720;
const FRAME_INTERVAL_MS = 1000 / 30;
const BARS = ["#c9c9c4", "#c4b25b", "#4fb3ac", "#55a860", "#a65a9c", "#b4544c", "#4a62a8"];

export function testPicture() {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const context = canvas.getContext("2d");
  let frame = 0;
  const draw = () => paint(context, frame++);
  draw();
  // A timer, not requestAnimationFrame, which stops while the page is hidden.
  const timer = setInterval(draw, FRAME_INTERVAL_MS);
  const [track] = canvas.captureStream(30).getVideoTracks();
  return {
    track,
    stop() {
      clearInterval(timer);
      track.stop();
    },
  };
}

function paint(context, frame) {
  const barWidth = WIDTH / BARS.length;
  BARS.forEach((colour, index) => {
    context.fillStyle = colour;
    context.fillRect(index * barWidth, 0, barWidth + 1, HEIGHT);
  });
  const seconds = frame / 30;
  const x = WIDTH / 2 + Math.cos(seconds * 1.3) * WIDTH * 0.34;
  const y = HEIGHT * 0.4 + Math.sin(seconds * 2.1) * HEIGHT * 0.2;
  context.fillStyle = "#fff";
  context.beginPath();
  context.arc(x, y, 56, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = "#14181a";
  context.fillRect(0, HEIGHT * 0.76, WIDTH, HEIGHT * 0.24);
  context.fillStyle = "#fff";
  context.font = "600 72px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(`${WIDTH}×${HEIGHT}  ${seconds.toFixed(2)} s`, WIDTH / 2, HEIGHT * 0.88);
}

export function testTone() {
  const context = new AudioContext();
  const output = context.createMediaStreamDestination();
  const volume = context.createGain();
  volume.gain.value = 0.12;
  // Slowly swelling, so that it is recognised as a test and not taken for a broken line.
  const swell = context.createOscillator();
  swell.frequency.value = 0.5;
  const depth = context.createGain();
  depth.gain.value = 0.08;
  const tone = context.createOscillator();
  tone.frequency.value = 440;
  swell.connect(depth).connect(volume.gain);
  tone.connect(volume).connect(output);
  tone.start();
  swell.start();
  const [track] = output.stream.getAudioTracks();
  return {
    track,
    stop() {
      tone.stop();
      swell.stop();
      track.stop();
      context.close();
    },
  };
}
