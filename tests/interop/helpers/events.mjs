// Waiting for events, never for time: every wait has a deadline, and says what did not come.

// Only a hang takes this long: machines that build and test at once are slow.
const kDeadlineMilliseconds = 30_000;

/** The promise's value, or an error that names `what` once the deadline has passed. */
export function within(promise, what) {
  let timer;
  const deadline = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what}: nothing within ${kDeadlineMilliseconds} ms`)),
      kDeadlineMilliseconds,
    );
  });
  return Promise.race([promise, deadline]).finally(() => clearTimeout(timer));
}

/** What arrives, in order, for one reader. After fail() every read that finds nothing fails. */
export class Mailbox {
  #name;
  #items = [];
  #waiting = [];
  #failure = null;

  constructor(name) {
    this.#name = name;
  }

  put(item) {
    const waiter = this.#waiting.shift();
    if (waiter) waiter.resolve(item);
    else this.#items.push(item);
  }

  fail(error) {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }

  next() {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift());
    if (this.#failure) return Promise.reject(this.#failure);
    return within(
      new Promise((resolve, reject) => this.#waiting.push({ resolve, reject })),
      this.#name,
    );
  }

  /** What is here now, without waiting. */
  takeAll() {
    return this.#items.splice(0);
  }
}
