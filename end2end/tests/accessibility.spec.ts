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
        const parts = ["", "/messages/1", "/members", "/pins", "/days"].map((part) => `/rooms/${room}${part}`);
        const own = ["/settings", "/messages/1/edit", "/messages/1/history"].map((part) => `/rooms/${room}${part}`);
        const mine = ["/rooms/new", "/settings", "/unread", ...own];
        const paths = ["/", ...searches, ...parts, `/users/${alice.name}`, ...(person === alice ? mine : ["/login", "/register"])];
        for (const path of paths) {
          await person.open(path);
          await expect(person.page.locator("html")).toHaveAttribute("data-theme", theme);
          await expect(person.page.locator("html")).toHaveAttribute("lang", lang);
          expect(await violations(person), path).toEqual([]);
        }
      }
      // What opens over a page.
      await alice.enter(room);
      for (const text of ["@", ":s"]) {
        await alice.draft.fill("");
        await alice.draft.pressSequentially(text);
        await expect(alice.page.locator("#completion [role=option]").first()).toBeVisible();
        expect(await violations(alice), `completion of ${text}`).toEqual([]);
      }
      await alice.draft.fill("");
      await alice.page.keyboard.press("Control+k");
      await expect(alice.page.locator("dialog.switcher")).toBeVisible();
      expect(await violations(alice), "switcher").toEqual([]);
      await alice.page.keyboard.press("Escape");
      await alice.log.locator("article").first().focus();
      await alice.page.keyboard.press("?");
      await expect(alice.page.locator("dialog.keys")).toBeVisible();
      expect(await violations(alice), "keys").toEqual([]);
      await alice.page.keyboard.press("Escape");
      await alice.log.locator("article").first().focus();
      await alice.page.keyboard.press("Enter");
      await expect(alice.page.getByRole("menu")).toBeVisible();
      expect(await violations(alice), "menu").toEqual([]);
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
