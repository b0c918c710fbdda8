import { quietly } from "./quietly";

/**
 * Tells of every page that is shown: the one that was loaded, those of navigation within it, and one that comes back from
 * the browser's cache. A change of the fragment alone is no other page.
 */
export const watchPages = (tell: (url: string, referrer?: string) => void): void => {
  let shown = "";

  const look = quietly((referrer?: string) => {
    const [url = ""] = location.href.split("#", 1);
    if (url === shown) return;
    const before = shown;
    shown = url;
    tell(location.href, referrer ?? before);
  });

  if ("navigation" in window) {
    navigation.addEventListener("currententrychange", () => {
      look();
    });
  } else watchHistory(look);
  addEventListener(
    "pageshow",
    quietly((event: PageTransitionEvent) => {
      if (event.persisted) tell(location.href);
    }),
  );
  look(document.referrer);
};

/** For browsers that do not tell of navigation within a page. */
const watchHistory = (look: () => void): void => {
  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name].bind(history);
    history[name] = (...given: Parameters<History["pushState"]>) => {
      original(...given);
      look();
    };
  }
  addEventListener("popstate", () => {
    look();
  });
};
