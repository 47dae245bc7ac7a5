// A browser slows the timers of a hidden page down to one a minute, which would sign a waiting
// agent out. Timers of a worker keep their pace.
self.onmessage = ({ data: interval_ms }) => {
  setInterval(() => self.postMessage(null), interval_ms);
};
