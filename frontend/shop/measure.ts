/** What the shop tells the browser tag: engagement attributes, goals, and what becomes of its invitation to talk. */
import type { Members } from "../tag/events";
import type { Engagement, Trunkline } from "../tag/recorder";
import { count, lines, total } from "./basket";
import type { Article } from "./catalogue";

/** The tag may not have arrived yet, so calls are left for it. */
const tell = (...call: [keyof Trunkline, ...unknown[]]): unknown => (window.trunkline ??= []).push(call);

const product = ({ name, kind, sku, price }: Article): Members => ({ name, category: kind, sku, price });

const cart = (): Members => ({
  total: total(),
  numItems: count(),
  products: lines().map(({ article, quantity }) => ({ product: product(article), quantity })),
});

export const viewed = (article: Article): void => {
  tell("set", { viewedProduct: { products: [{ product: product(article), quantity: 1 }] } });
};

export const cartChanged = (): void => {
  tell("set", { cartStatus: cart() });
};

export const signedIn = (name: string, surname: string, email: string): void => {
  tell("set", {
    personalInfo: { isAuthenticated: true, name, surname, contacts: [{ email }] },
    customerInfo: { isAuthenticated: true, customerId: email, userName: email, customerStatus: "regular" },
  });
};

export const bought = (orderId: string): void => {
  tell("set", { purchase: { total: total(), orderId, cart: cart() } });
  tell("goal", {
    achievementId: orderId,
    ...{ campaignGoalId: 501, campaignGoalRevision: 1, campaignGoalType: 2 },
    purchase: { total: total(), orderId, cartStatus: cart() },
  });
};

const CAMPAIGN = { id: 3101 };
const INVITATION = { id: 4201, channel: "1", type: "1", skillId: -1, isOffsiteEngagement: false };

export const mayBeInvited = (): void => {
  tell("eligible", [{ campaign: CAMPAIGN, engagements: [INVITATION] }]);
};

/** The invitation as it was shown once; `became` says what happened to it. */
export const invited = (): ((what: "accepted" | "closed") => void) => {
  const shown: Engagement = {
    engagementInstanceId: `chat-${String(Date.now())}-${String(Math.floor(Math.random() * 1e9))}`,
    state: "chatonline",
    engagement: INVITATION,
    campaign: CAMPAIGN,
  };
  tell("shown", shown);
  return (what) => {
    tell(what, shown);
  };
};

/** The visitor's id, once the tag is there. */
export const visitor = (): string | undefined =>
  window.trunkline && !Array.isArray(window.trunkline) ? window.trunkline.visitor() : undefined;
