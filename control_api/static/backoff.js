// How long to wait before the next attempt: doubling up to a limit, with jitter, so that a
// thousand pages whose server restarted don't return in the same instant.

export class Backoff {
  #attempt = 0;

  constructor({ first_ms = 500, limit_ms = 5_000, random = Math.random } = {}) {
    this.first_ms = first_ms;
    this.limit_ms = limit_ms;
    this.random = random;
  }

  /** The next delay in milliseconds: between half of the doubled step and the whole of it. */
  next_ms() {
    const step_ms = Math.min(this.limit_ms, this.first_ms * 2 ** this.#attempt);
    // Past the limit further doubling changes nothing; stop counting before 2 ** n overflows.
    if (step_ms < this.limit_ms) this.#attempt += 1;
    return step_ms / 2 + this.random() * (step_ms / 2);
  }

  reset() {
    this.#attempt = 0;
  }
}
