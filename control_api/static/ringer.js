// Two soft notes: again and again while a contact is offered, once when a visitor's turn has come.
// Browsers allow sound only after the
// person has touched the page, so until then the ringer stays silent instead of complaining.

const NOTES_HZ = [659.25, 880];
const REPEAT_MS = 2400;

export class Ringer {
  #context = null;
  #timer = null;

  start() {
    this.stop();
    this.chime();
    this.#timer = setInterval(() => this.chime(), REPEAT_MS);
  }

  /** Once. */
  chime() {
    if (!navigator.userActivation?.hasBeenActive) return;
    this.#context ??= new AudioContext();
    this.#context.resume();
    [0, 0.22, 0.6, 0.82].forEach((at_s, index) => this.#note(NOTES_HZ[index % 2], at_s));
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #note(frequency, at_s) {
    const context = this.#context;
    const start = context.currentTime + at_s;
    const oscillator = context.createOscillator();
    const volume = context.createGain();
    oscillator.type = "triangle";
    oscillator.frequency.value = frequency;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.18, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.5);
    oscillator.connect(volume).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + 0.55);
  }
}
