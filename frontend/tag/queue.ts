import { newId, type VisitEvent } from "./events";
import { type Keeping, parsed } from "./keeping";

export const MOST_WAITING = 500;
export const MOST_IN_BATCH = 50;
/** Browsers take 64 KiB of a page that goes away, the collector takes no more of any. */
export const BATCH_BYTES = 60_000;
export const EVENT_BYTES = 16_000;
const GATHER_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;
const NAME = "queue.";

export interface Queue {
  add: (event: VisitEvent) => void;
  /** Send now, also after failures. */
  hurry: () => void;
  /** The page may go away: hand everything to the browser, which sends it whatever becomes of the page. */
  leave: () => void;
  forget: () => void;
}

/**
 * Events on their way to the collector. Each stays here, and on the device, until an answer of the collector says that it is
 * stored, or that it never will be. A beacon has no answer that a page could read: what was sent by beacon is sent
 * again by the next page, and the pipeline drops the second delivery by its event id.
 */
export const queue = (keep: Keeping, address: string, maySend: () => boolean, debug = false): Queue => {
  const name = NAME + newId();
  const beaconed = new WeakSet<VisitEvent>();
  let events: VisitEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending = false;
  let failures = 0;

  const save = (): void => {
    keep.set(name, events.length ? JSON.stringify(events) : null);
  };

  const forget = (): void => {
    events = [];
    save();
  };

  /** What pages before this one did not see stored. Where such a page still lives, it has them in its memory, too. */
  const takeOver = (): void => {
    for (const other of keep.names(NAME)) {
      const found = parsed(keep.get(other));
      if (Array.isArray(found)) events.push(...(found as VisitEvent[]));
      keep.set(other, null);
    }
    events = events.slice(0, MOST_WAITING);
    save();
  };

  const plan = (wait: number): void => {
    timer ??= setTimeout(() => void send(), wait);
  };

  const to = (): string => `${address}&sentAt=${String(Date.now())}`;

  const send = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (!maySend()) forget();
    const batch = firstBatch(events);
    if (sending || !batch.length) return;
    sending = true;
    const wait = await post(to(), batch, debug);
    sending = false;
    if (wait === undefined) {
      events = events.filter((event) => !batch.includes(event));
      failures = 0;
      save();
      if (events.length) plan(0);
    } else {
      failures = Math.min(failures + 1, 20);
      plan(Math.max(wait, Math.min(LONGEST_WAIT_MS, 1000 * 2 ** failures)) * (1 + Math.random() / 2));
    }
  };

  takeOver();
  if (events.length) plan(0);
  return {
    add: (event) => {
      if (events.length >= MOST_WAITING || bytesOf(event) > EVENT_BYTES) return;
      events.push(event);
      save();
      plan(GATHER_MS);
    },
    hurry: () => void send(),
    leave: () => {
      if (!maySend()) forget();
      let rest = events.filter((event) => !beaconed.has(event));
      while (rest.length) {
        const batch = firstBatch(rest);
        if (!handOver(to(), JSON.stringify(batch))) return;
        for (const event of batch) beaconed.add(event);
        rest = rest.slice(batch.length);
      }
    },
    forget,
  };
};

const bytesOf = (event: VisitEvent): number => new TextEncoder().encode(JSON.stringify(event)).length;

/** As many as may be sent together, in their order. */
export const firstBatch = (events: VisitEvent[]): VisitEvent[] => {
  let bytes = 2;
  const fitting = events.slice(0, MOST_IN_BATCH);
  const over = fitting.findIndex((event) => (bytes += bytesOf(event) + 1) > BATCH_BYTES);
  return over < 0 ? fitting : fitting.slice(0, Math.max(1, over));
};

/** Undefined where the collector has stored the batch or never will; else how long to wait at least, milliseconds. */
const post = async (to: string, batch: VisitEvent[], debug: boolean): Promise<number | undefined> => {
  try {
    const answer = await fetch(to, { method: "POST", body: JSON.stringify(batch), credentials: "omit" });
    if (debug) console.log("trunkline:", answer.status, await answer.text());
    if (answer.status !== 429 && answer.status < 500) return undefined;
    return 1000 * Number(answer.headers.get("Retry-After")) || 0;
  } catch {
    return 0;
  }
};

const handOver = (to: string, body: string): boolean => {
  const can = "sendBeacon" in navigator;
  if (can && navigator.sendBeacon(to, body)) return true;
  fetch(to, { method: "POST", body, credentials: "omit", keepalive: true }).catch(() => undefined);
  return !can;
};
