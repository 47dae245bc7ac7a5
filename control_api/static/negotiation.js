// Offers to the server, one at a time. The page always offers and the server always answers, so
// there is no glare; what is left to get right is that wishes which arrive during a round are
// gathered into exactly one more round, and that a failed round leaves the peer connection stable.
//
// prepare() aligns the transceivers with what is wanted, exchange(sdp) carries the offer to the
// server and resolves with its answer. States: idle -> offering -> idle | offering (again).

export class Negotiation {
  /** "idle" | "offering" */
  state = "idle";
  /** Rounds that ended with an applied answer. */
  rounds = 0;

  #peer;
  #prepare;
  #exchange;
  #again = null;
  #closed = false;

  constructor({ peer, prepare, exchange }) {
    this.#peer = peer;
    this.#prepare = prepare;
    this.#exchange = exchange;
  }

  /** Resolves once a round that began after this call has been answered; rejects if it failed. */
  request() {
    if (this.#closed) return Promise.reject(new Error("the negotiation is closed"));
    if (this.state === "offering") {
      this.#again ??= deferred();
      return this.#again.promise;
    }
    const first = deferred();
    this.#run(first);
    return first.promise;
  }

  close() {
    this.#closed = true;
  }

  async #run(round) {
    this.state = "offering";
    let current = round;
    while (current) {
      try {
        await this.#round();
        this.rounds += 1;
        current.resolve();
      } catch (error) {
        current.reject(error);
      }
      current = this.#again;
      this.#again = null;
      if (this.#closed && current) {
        current.reject(new Error("the negotiation is closed"));
        current = null;
      }
    }
    this.state = "idle";
  }

  async #round() {
    this.#prepare();
    await this.#peer.setLocalDescription(await this.#peer.createOffer());
    try {
      const sdp = await this.#exchange(this.#peer.localDescription.sdp);
      await this.#peer.setRemoteDescription({ type: "answer", sdp });
    } catch (error) {
      if (this.#peer.signalingState === "have-local-offer") {
        await this.#peer.setLocalDescription({ type: "rollback" });
      }
      throw error;
    }
  }
}

function deferred() {
  const settle = {};
  settle.promise = new Promise((resolve, reject) => Object.assign(settle, { resolve, reject }));
  // Whoever asked may have stopped caring; that is no unhandled rejection.
  settle.promise.catch(() => {});
  return settle;
}

/** The certificate fingerprint of an SDP: another one means another session on the server's side. */
export function fingerprintOf(sdp) {
  return /^a=fingerprint:\S+ (\S+)/m.exec(sdp ?? "")?.[1] ?? null;
}
