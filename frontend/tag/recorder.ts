import { type Members, newId, type VisitEvent } from "./events";
import { keeping } from "./keeping";
import { watchPages } from "./pages";
import { queue } from "./queue";
import { quietly } from "./quietly";
import { begin, goingOn, visitorOf } from "./visit";

/** What the script element says (docs/tag.md). */
export interface Options {
  collector: string;
  account: string;
  key: string;
  /** Nothing is recorded, nor kept on the device, before `consent(true)`. */
  consentRequired: boolean;
  /** Do Not Track and Global Privacy Control mean no, unless `consent(true)` says otherwise. */
  doNotTrack: boolean;
  /** Pages are recorded without a call. */
  automatic: boolean;
  sections: string[] | undefined;
  /** What the collector answers is written to the console. */
  debug: boolean;
}

export interface Page {
  url?: string;
  referrerUrl?: string;
  sections?: string[];
}

/** The members of `visit.impression`; the id ties what becomes of an engagement to where it was shown. */
export type Engagement = Members & { engagementInstanceId?: string };

export interface Trunkline {
  page: (page?: Page) => void;
  set: (attributes: Members) => void;
  eligible: (campaigns: unknown[]) => void;
  shown: (engagement: Engagement) => Engagement;
  accepted: (engagement: Engagement) => void;
  closed: (engagement: Engagement) => void;
  timedOut: (engagement: Engagement) => void;
  goal: (goal: Members) => void;
  consent: (given: boolean) => void;
  visitor: () => string | undefined;
}

const CONSENT = "consent";
const LONGEST_URL = 4096;

export const recorder = (options: Options): Trunkline => {
  const { collector, account, key } = options;
  const name = `trunkline.${account}.`;
  const keep = keeping(name);
  /** Events that wait for their visit to be begun. */
  let waiting: VisitEvent[] | undefined;
  let watching = false;

  const allowed = (): boolean => {
    const given = keep.get(CONSENT);
    return given ? given === "yes" : !options.consentRequired && !(options.doNotTrack && asksNotToTrack());
  };

  const address = `${collector}/collector/v1/account/${account}/visits?key=${encodeURIComponent(key)}`;
  const events = queue(keep, address, allowed, options.debug);

  const record = (type: string, members: Members): void => {
    if (!allowed()) return;
    const now = Date.now();
    const event = { ...members, type, eventId: newId(), timestamp: now, visitorId: "" };
    const visit = waiting ? undefined : goingOn(keep, now);
    if (visit) events.add({ ...event, visitorId: visit.visitor });
    else if (waiting) waiting.push(event);
    else {
      waiting = [event];
      // Tabs that are opened together would each begin a visit.
      if ("locks" in navigator) navigator.locks.request(name, beginOnce).catch(beginOnce);
      else beginOnce();
    }
  };

  /** Begin a visit for the events that wait, unless another tab has done so. */
  const beginOnce = quietly(() => {
    const [first] = waiting ?? [];
    if (!waiting || !first) return;
    let visit = goingOn(keep, first.timestamp);
    if (!visit) {
      visit = begin(keep, first.timestamp);
      const { visitor: visitorId, session: sessionId, seen: timestamp } = visit;
      events.add({ type: "visit.started", eventId: newId(), timestamp, visitorId, sessionId });
    }
    for (const event of waiting) events.add({ ...event, visitorId: visit.visitor });
    waiting = undefined;
  });

  const page = (given: Page = {}): void => {
    const { url = location.href, referrerUrl, sections = options.sections } = given;
    record("visit.page", {
      url: url.slice(0, LONGEST_URL),
      referrerUrl: referrerUrl?.slice(0, LONGEST_URL),
      sections,
    });
  };

  const became = (impressionType: string) => (engagement: Engagement) => {
    record("visit.impression", { ...engagement, impressionType });
  };

  const watch = (): void => {
    if (watching || !options.automatic || !allowed()) return;
    watching = true;
    watchPages((url, referrerUrl) => {
      page({ url, referrerUrl });
    });
  };

  const leave = quietly(() => {
    beginOnce();
    events.leave();
  });
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") leave();
  });
  addEventListener("online", events.hurry);
  watch();

  return {
    page,
    set: (attributes) => {
      for (const [name, value] of Object.entries(attributes)) record("visit.attributes", { [name]: value });
    },
    eligible: (eligibleCampaigns) => {
      record("visit.eligible", { eligibleCampaigns });
    },
    shown: (engagement) => {
      const instance = { engagementInstanceId: newId(), ...engagement };
      became("Show")(instance);
      return instance;
    },
    accepted: became("Accept"),
    closed: became("Close"),
    timedOut: became("Timeout"),
    goal: (goal) => {
      record("visit.goal", goal);
    },
    consent: (given) => {
      if (!given) {
        waiting = undefined;
        events.forget();
        for (const kept of keep.names("")) keep.set(kept, null);
      }
      keep.set(CONSENT, given ? "yes" : "no");
      watch();
    },
    visitor: () => (allowed() ? visitorOf(keep) : undefined),
  };
};

const asksNotToTrack = (): boolean => {
  const { doNotTrack, globalPrivacyControl } = navigator as Navigator & { globalPrivacyControl?: boolean };
  return doNotTrack === "1" || globalPrivacyControl === true;
};
