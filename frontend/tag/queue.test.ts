import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { afterEach, beforeEach, test } from "node:test";
import { type VisitEvent } from "./events";
import { type Keeping, keeping } from "./keeping";
import { BATCH_BYTES, EVENT_BYTES, firstBatch, MOST_IN_BATCH, MOST_WAITING, queue } from "./queue";

const event = (number: number, text = ""): VisitEvent => ({
  type: "visit.page",
  eventId: `e${String(number)}`,
  timestamp: number,
  visitorId: "v",
  text,
});

const many = (count: number, text = ""): VisitEvent[] => Array.from({ length: count }, (_, n) => event(n, text));

let server: Server;
let address: string;
/** What the server answers, one after the other; then 202. */
let answers: { status: number; after?: number }[];
/** The event ids of each request. */
let received: string[][];

const until = async (happened: () => boolean): Promise<void> => {
  while (!happened()) await new Promise((resolve) => setTimeout(resolve, 5));
};

beforeEach(async () => {
  answers = [];
  received = [];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      received.push((JSON.parse(body) as VisitEvent[]).map((one) => one.eventId));
      const { status, after } = answers.shift() ?? { status: 202 };
      response.writeHead(status, after === undefined ? {} : { "Retry-After": String(after) });
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/?key=k`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const always = (): boolean => true;
const kept = (keep: Keeping): string[] =>
  keep.names("queue.").flatMap((name) => (JSON.parse(keep.get(name) ?? "[]") as VisitEvent[]).map((one) => one.eventId));

void test("events stay on the device until the collector says that they are stored", async () => {
  const keep = keeping("t.");
  const events = queue(keep, address, always);
  events.add(event(1));
  events.add(event(2));
  assert.deepEqual(kept(keep), ["e1", "e2"]);
  events.hurry();
  await until(() => kept(keep).length === 0);
  assert.deepEqual(received, [["e1", "e2"]]);
});

void test("they are sent again after too many, after a failure, and not after a refusal", async () => {
  for (const status of [429, 503, 507]) {
    received = [];
    answers = [{ status, after: 0.001 }];
    const keep = keeping("t.");
    const events = queue(keep, address, always);
    events.add(event(status));
    events.hurry();
    await until(() => received.length === 1);
    assert.equal(kept(keep).length, 1);
    events.hurry();
    await until(() => kept(keep).length === 0);
    assert.equal(received.length, 2);
  }
  for (const status of [400, 403, 413]) {
    received = [];
    answers = [{ status }];
    const keep = keeping("t.");
    const events = queue(keep, address, always);
    events.add(event(status));
    events.hurry();
    await until(() => kept(keep).length === 0);
    assert.equal(received.length, 1);
  }
});

void test("a page takes over what the pages before it did not see stored", async () => {
  const keep = keeping("t.");
  keep.set("queue.before", JSON.stringify([event(1)]));
  keep.set("queue.broken", "{");
  const events = queue(keep, address, always);
  assert.deepEqual(kept(keep), ["e1"]);
  events.add(event(2));
  await until(() => kept(keep).length === 0);
  assert.deepEqual(received.flat().sort(), ["e1", "e2"]);
});

void test("nothing is sent or kept once it may not be sent", async () => {
  const keep = keeping("t.");
  let may = true;
  const events = queue(keep, address, () => may);
  events.add(event(1));
  may = false;
  events.hurry();
  assert.deepEqual(kept(keep), []);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(received, []);
});

void test("neither the number of events that wait nor their size grows without end", () => {
  const keep = keeping("t.");
  const events = queue(keep, address, always);
  for (const one of many(MOST_WAITING + 10)) events.add(one);
  assert.equal(kept(keep).length, MOST_WAITING);
  events.forget();
  events.add(event(1, "x".repeat(EVENT_BYTES)));
  assert.deepEqual(kept(keep), []);
});

void test("a batch is what a browser and the collector take, in bytes and in number", () => {
  assert.equal(firstBatch(many(200)).length, MOST_IN_BATCH);
  for (const text of ["x".repeat(9000), "é".repeat(5000), "𝄞".repeat(3000)]) {
    const batch = firstBatch(many(20, text));
    assert.ok(batch.length > 1 && batch.length < 20);
    assert.ok(new TextEncoder().encode(JSON.stringify(batch)).length <= BATCH_BYTES);
  }
  assert.deepEqual(firstBatch([]), []);
});
