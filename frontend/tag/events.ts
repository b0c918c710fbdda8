/** An event of a visit, as the collector takes it (docs/api/collector.md). */
export interface VisitEvent {
  type: string;
  eventId: string;
  timestamp: number;
  visitorId: string;
  [member: string]: unknown;
}

export type Members = Record<string, unknown>;

/** A name that nobody can guess. Pages that are not served over https have no `randomUUID`. */
export const newId = (): string => {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
};
