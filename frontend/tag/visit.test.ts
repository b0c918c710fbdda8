import assert from "node:assert/strict";
import { test } from "node:test";
import { type Keeping, keeping, parsed } from "./keeping";
import { begin, goingOn, IDLE_MS, visitorOf } from "./visit";

const NOON = 1_795_248_000_000;

// Without localStorage, as in a browser that denies it.
const nothing = (): Keeping => keeping("t.");

void test("a visit goes on while something happens at least every thirty minutes", () => {
  const keep = nothing();
  assert.equal(goingOn(keep, NOON), undefined);
  const visit = begin(keep, NOON);
  for (let now = NOON; now < NOON + 10 * IDLE_MS; now += IDLE_MS)
    assert.equal(goingOn(keep, now)?.session, visit.session);
  assert.equal(goingOn(keep, NOON + 11 * IDLE_MS), undefined);
});

void test("the next visit is another one of the same visitor", () => {
  const keep = nothing();
  const first = begin(keep, NOON);
  const second = begin(keep, NOON + 2 * IDLE_MS);
  assert.equal(second.visitor, first.visitor);
  assert.notEqual(second.session, first.session);
});

void test("a visitor is known before the first visit, by the id that the visit then has", () => {
  const keep = nothing();
  const visitor = visitorOf(keep);
  assert.equal(goingOn(keep, NOON), undefined);
  assert.equal(begin(keep, NOON).visitor, visitor);
});

void test("a clock that was set back ends the visit", () => {
  const keep = nothing();
  begin(keep, NOON);
  assert.equal(goingOn(keep, NOON - 2 * IDLE_MS), undefined);
});

void test("what somebody else wrote into the storage is no visit", () => {
  for (const text of ["", "null", "5", '"x"', "[]", "{}", '{"visitor":"v"}', '{"visitor":"v","session":"s","seen":"x"}']) {
    const keep = nothing();
    keep.set("visit", text);
    assert.equal(goingOn(keep, NOON), undefined, text);
    assert.ok(begin(keep, NOON).visitor);
  }
});

void test("what is kept is found by the beginning of its name, and can be forgotten", () => {
  const keep = nothing();
  keep.set("queue.1", "[]");
  keep.set("visit", "{}");
  assert.deepEqual(keep.names("queue."), ["queue.1"]);
  assert.deepEqual(keep.names("").sort(), ["queue.1", "visit"]);
  keep.set("queue.1", null);
  assert.equal(keep.get("queue.1"), null);
  assert.equal(parsed(keep.get("queue.1")), undefined);
  assert.equal(parsed("{"), undefined);
});
