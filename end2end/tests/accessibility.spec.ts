// Every page in both themes and both languages, examined by axe: no violations.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { expect, test, unique, type Person } from "../support/person.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function violations(person: Person): Promise<string[]> {
  await person.page.evaluate(AXE);
  return person.page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }> } };
    const { violations } = await axe.run();
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" | ")}`);
  });
}

for (const lang of ["en", "ko"]) {
  for (const theme of ["light", "dark"]) {
    test(`no page has a barrier, in ${lang} and ${theme}`, async ({ alice, bob, visitor }) => {
      const room = await alice.makeRoom({ title: unique("Everybody is welcome"), body: "**모두** 환영해요. `code`", category: "study", tags: "접근성" });
      await alice.must("post_message", { room, body: "Hello, @everyone" });
      await bob.must("post_message", { room, body: "안녕하세요 https://example.org" });
      for (const [target, person] of [[1, alice], [2, alice], [2, bob]] as const) await person.must("react", { room, target, emoji: "👍", on: true });
      await alice.must("edit_message", { room, target: 1, body: "Hello, everyone" });
      await alice.must("delete_message", { room, target: (await alice.must("post_message", { room, body: "gone" })).seq });
      for (const person of [alice, visitor]) {
        await person.must("preferences", { lang, theme });
        const searches = ["/search", "/search?q=everybody", "/search?q=nothing+of+the+kind"];
        const paths = ["/", ...searches, `/rooms/${room}`, `/rooms/${room}/messages/1`, ...(person === alice ? ["/rooms/new"] : ["/login", "/register"])];
        for (const path of paths) {
          await person.open(path);
          await expect(person.page.locator("html")).toHaveAttribute("data-theme", theme);
          await expect(person.page.locator("html")).toHaveAttribute("lang", lang);
          expect(await violations(person), path).toEqual([]);
        }
      }
    });
  }
}

test("somebody with a keyboard alone signs in, finds a room and speaks", async ({ alice, invite }) => {
  const room = await alice.makeRoom({ title: unique("Keys only") });
  const bob = await (await invite("밥")).arrive();
  await bob.context.clearCookies();
  await bob.open(`/login?next=/rooms/${room}`);
  await bob.form("login").locator("[name=username]").fill(bob.name);
  await bob.page.keyboard.press("Tab");
  await expect(bob.form("login").locator("[name=password]")).toBeFocused();
  await bob.page.keyboard.type("correct horse battery staple");
  await bob.page.keyboard.press("Enter");
  await expect(bob.page).toHaveURL(new RegExp(`/rooms/${room}\\b`));
  await bob.live();
  await bob.draft.focus();
  await bob.page.keyboard.type("typed, not clicked");
  await bob.page.keyboard.press("Enter");
  await bob.sees("typed, not clicked");
  await expect(bob.draft).toBeFocused();
});
