import { newId } from "./events";
import { type Keeping, parsed } from "./keeping";

/** Who visits, and the visit that goes on: shared by all tabs of the site. */
export interface Visit {
  visitor: string;
  /** Empty before the first visit. */
  session: string;
  /** When something happened last, epoch milliseconds. */
  seen: number;
}

export const IDLE_MS = 30 * 60_000;
const NAME = "visit";

const read = (keep: Keeping): Partial<Visit> => {
  const found = parsed(keep.get(NAME));
  return typeof found === "object" && found ? found : {};
};

const write = (keep: Keeping, visit: Visit): Visit => {
  keep.set(NAME, JSON.stringify(visit));
  return visit;
};

/** The visit that goes on at this moment, now seen again; undefined where none does. */
export const goingOn = (keep: Keeping, now: number): Visit | undefined => {
  const { visitor, session, seen } = read(keep);
  // A clock that was set back ends a visit as well: nothing tells how long it was silent.
  const fresh = Math.abs(now - Number(seen)) <= IDLE_MS;
  return visitor && session && fresh ? write(keep, { visitor, session, seen: now }) : undefined;
};

/** Another visit of the same visitor. */
export const begin = (keep: Keeping, now: number): Visit =>
  write(keep, { visitor: visitorOf(keep), session: newId(), seen: now });

/** The visitor, from now on known by this id. */
export const visitorOf = (keep: Keeping): string =>
  read(keep).visitor ?? write(keep, { visitor: newId(), session: "", seen: 0 }).visitor;
