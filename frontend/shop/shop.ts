/** The demo shop: a few pages, each loaded from the server, that tell the browser tag what their visitor does. */
import { inviteLater } from "./chat";
import { button, make } from "./elements";
import { visitor } from "./measure";
import * as views from "./views";

const content = document.getElementById("content");
const chat = document.getElementById("chat");
const receipt = document.getElementById("receipt");

const draw = (): void => {
  const [, page = "", rest = ""] = location.pathname.split("/");
  const nodes =
    page === "tea"
      ? views.product(rest)
      : page === "basket"
        ? views.basketPage(draw)
        : page === "account"
          ? views.account(draw)
          : page === "thanks"
            ? views.thanks()
            : views.shelf((kind) => {
                history.pushState({}, "", kind ? `/?kind=${kind}` : "/");
                draw();
              });
  content?.replaceChildren(...nodes);
  views.countInHeader();
  const title = content?.querySelector("h1")?.textContent ?? "";
  document.title = page ? `${title} – Northwind Tea` : "Northwind Tea";
  for (const link of document.querySelectorAll(".top nav a")) {
    if (link.getAttribute("href") === location.pathname) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
};

/** Who the visitor is, and how to find the visit: what a shop would not show. */
const showReceipt = (place: HTMLElement, tries = 100): void => {
  const id = visitor();
  if (!id) {
    if (tries)
      setTimeout(() => {
        showReceipt(place, tries - 1);
      }, 200);
    return;
  }
  const command = `${document.body.dataset.pull ?? ""} && grep -rh ${id} pulled`;
  const copy = button("Copy", () => void navigator.clipboard.writeText(command), "quiet");
  place.className = "receipt";
  place.replaceChildren(
    make("p", {}, "You are visitor ", make("code", { id: "visitor" }, id), "."),
    make("p", {}, "Your visit ends half an hour after your last click; its file comes with the next full hour. Find it so: ", copy),
    make("code", { id: "command" }, command),
  );
};

addEventListener("popstate", draw);
draw();
if (chat) inviteLater(chat);
if (receipt) showReceipt(receipt);
