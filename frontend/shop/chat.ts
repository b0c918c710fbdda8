import { button, make } from "./elements";
import { invited, mayBeInvited } from "./measure";

const AFTER_MS = 4_000;
const SEEN = "shop.invited";

/** An overlay that invites to talk, once in a browser session. */
export const inviteLater = (place: HTMLElement): void => {
  if (sessionStorage.getItem(SEEN)) return;
  setTimeout(() => {
    sessionStorage.setItem(SEEN, "yes");
    mayBeInvited();
    show(place);
  }, AFTER_MS);
};

const show = (place: HTMLElement): void => {
  const became = invited();
  const close = (): void => {
    became("closed");
    place.hidden = true;
  };
  const accept = (): void => {
    became("accepted");
    place.replaceChildren(
      make("h2", {}, "Thank you"),
      make("p", { role: "status" }, "Somebody would be with you now. This is a demonstration: the click is in your visit."),
      make("div", { class: "actions" }, button("Close", () => (place.hidden = true))),
    );
    place.querySelector("button")?.focus();
  };
  place.replaceChildren(
    make("h2", {}, "Chat with us"),
    make("p", {}, "Not sure which tea? We drink them all day."),
    make("div", { class: "actions" }, button("Start a chat", accept), button("No, thanks", close, "quiet")),
  );
  place.setAttribute("aria-label", "Chat with us");
  place.addEventListener("keydown", (event) => {
    if (event.key === "Escape") place.querySelector<HTMLButtonElement>("button:last-of-type")?.click();
  });
  place.hidden = false;
};
