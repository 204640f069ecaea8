// Every page in both themes and both languages, examined by axe: no violations.

import { violations } from "../support/axe.ts";
import { expect, test, unique } from "../support/person.ts";

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
        const mine = ["/rooms/new", `/rooms/${room}/settings`, "/settings"];
        const paths = ["/", ...searches, `/rooms/${room}`, `/rooms/${room}/messages/1`, `/rooms/${room}/members`, ...(person === alice ? mine : ["/login", "/register"])];
        for (const path of paths) {
          await person.open(path);
          await expect(person.page.locator("html")).toHaveAttribute("data-theme", theme);
          await expect(person.page.locator("html")).toHaveAttribute("lang", lang);
          expect(await violations(person), path).toEqual([]);
        }
      }
      await bob.must("preferences", { lang, theme });
      await bob.open("/rooms/new");
      const form = bob.page.locator("#post-form");
      await bob.fill(form, "title", "Everybody");
      await bob.fill(form, "body", "# 제목\n\n> **모두** `code`");
      await bob.fill(form, "tags", "접근성");
      await form.locator("button[formaction]").click();
      await expect(bob.page.getByTestId("preview")).toBeVisible();
      expect(await violations(bob), "preview").toEqual([]);
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
