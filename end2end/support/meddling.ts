// What others do to a page before its program starts: phones, translators and extensions, and chance.

import type { Page } from "@playwright/test";

/** Changes the next pages of a tab once they are parsed, by a seed that `meddle` leaves in the window's name. */
export async function meddlesome(page: Page) {
  await page.addInitScript(() => {
    const [word, text] = window.name.split(" ");
    if (word !== "seed") return;
    let state = Number(text) * 2654435761 + 1;
    const chance = (below: number) => {
      state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
      return state % below;
    };
    const pick = <T>(of: T[]) => of[chance(of.length)];
    const nodes = (what: number) => {
      const walker = document.createTreeWalker(document.body, what);
      const found: ChildNode[] = [];
      while (walker.nextNode()) {
        if (!walker.currentNode.parentElement?.closest("script, textarea")) found.push(walker.currentNode as ChildNode);
      }
      return found;
    };
    const acts = [
      () => (pick(nodes(NodeFilter.SHOW_ELEMENT)) as Element).prepend(document.createElement(pick(["div", "span", "a", "button", "textarea"]))),
      () => pick(nodes(NodeFilter.SHOW_ELEMENT)).before(document.createElement(pick(["div", "span", "input", "form"]))),
      () => (pick(nodes(NodeFilter.SHOW_ELEMENT)) as Element).append(document.createElement("div"), "text"),
      () => pick(nodes(NodeFilter.SHOW_ALL)).remove(),
      () => pick(nodes(NodeFilter.SHOW_COMMENT)).remove(),
      () => {
        const text = pick(nodes(NodeFilter.SHOW_TEXT)) as Text;
        text.splitText(chance(text.length));
      },
      () => {
        const [text, font] = [pick(nodes(NodeFilter.SHOW_TEXT)), document.createElement("font")];
        text.replaceWith(font);
        font.append(text);
      },
      () => (pick(nodes(NodeFilter.SHOW_ELEMENT)) as Element).setAttribute("data-gramm", "false"),
    ];
    const meddle = () => {
      for (let n = 1 + chance(3); n > 0; n--) pick(acts)();
    };
    const when = chance(3);
    // While the page is being read, just before the program is asked for, or while it is on its way.
    if (when === 0) {
      const observer = new MutationObserver(() => {
        if (!document.querySelector("[data-testid=composer]")) return;
        observer.disconnect();
        meddle();
      });
      observer.observe(document, { childList: true, subtree: true });
    } else if (when === 1) {
      document.addEventListener("readystatechange", () => document.readyState === "interactive" && meddle());
    } else document.addEventListener("DOMContentLoaded", meddle);
  });
}

/** Does something to the next pages of a tab when they are parsed. */
export function meddle(page: Page, how: () => void) {
  return page.addInitScript(`document.addEventListener("DOMContentLoaded", ${how})`);
}

/** Makes the program trap in its first turn (`first`), or from the moment on at which the window has a `trap`. */
export async function trapping(page: Page, first: boolean) {
  await page.addInitScript((first) => {
    const own = window as unknown as { trap?: boolean };
    const { instantiate } = WebAssembly;
    let turn = 0;
    WebAssembly.instantiate = (async (...given: Parameters<typeof instantiate>) => {
      turn += 1;
      const mine = turn;
      const { exports } = (await instantiate(...given)) as unknown as WebAssembly.Instance;
      const trapped = (name: string, run: unknown) => {
        if (typeof run !== "function") return run;
        return (...values: unknown[]) => {
          if (own.trap || (first && mine === 1 && name === "hydrate")) throw new WebAssembly.RuntimeError("unreachable");
          return run(...values);
        };
      };
      return { exports: Object.fromEntries(Object.entries(exports).map(([name, run]) => [name, trapped(name, run)])) };
    }) as unknown as typeof instantiate;
  }, first);
}
