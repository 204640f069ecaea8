// Categories, edited by an administrator and seen by everybody else.

import { violations } from "../support/axe.ts";
import { expect, test, unique } from "../support/person.ts";
import { Server } from "../support/server.mjs";

test("an administrator adds, names, orders and removes categories, and the lobby follows", async ({ invite }) => {
  const server = await new Server().start();
  try {
    const root = await (await invite("root", { at: server.url })).arrive();
    const bob = await (await invite("밥", { at: server.url })).arrive();
    expect((await root.page.goto("/admin"))?.status()).toBe(404);
    server.command("user", "promote", root.name);
    // Found from the settings, by those for whom it is there.
    await root.open("/settings");
    await root.page.locator('a[href="/admin"]').click();
    await expect(root.page).toHaveURL(/\/admin$/);
    const category = (key: string) => root.page.locator(`[data-category="${key}"]`);
    const keys = () => root.page.locator("[data-category]").evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset.category));

    await root.send(root.form("add_category"), { name_en: "Food", name_ko: "음식" });
    await expect(category("food")).toBeVisible();
    await root.send(root.form("add_category"), { name_en: "Food", name_ko: "" });
    await expect(root.alert).toBeVisible();
    await expect(root.form("add_category").locator("[name=name_en]")).toHaveValue("Food");
    await root.send(category("tech").locator('form[action="/api/rename_category"]'), { name_en: "Computers", name_ko: "컴퓨터" });
    await expect(category("tech").locator("[name=name_ko]")).toHaveValue("컴퓨터");
    expect(await violations(root)).toEqual([]);
    await category("food").locator("form:has([name=up][value=true]) button").click();
    await expect.poll(keys).toEqual(["general", "tech", "games", "music", "study", "local", "food", "life"]);
    await category("life").locator('form[action="/api/remove_category"] button').click();
    await expect(category("life")).toHaveCount(0);

    await bob.open("/");
    const chips = bob.page.locator(".chips a");
    const isKorean = (await bob.page.locator("html").getAttribute("lang")) === "ko";
    await expect(chips.nth(2)).toHaveText(isKorean ? "컴퓨터" : "Computers");
    await expect(chips.last()).toHaveText(isKorean ? "음식" : "Food");
    const room = await bob.write({ title: unique("Soup"), category: "food" });
    await expect(bob.page.locator('.head a[href="/?category=food"]')).toHaveText(isKorean ? "음식" : "Food");
    await root.open("/admin");
    await expect(category("food").locator('form[action="/api/remove_category"]')).toHaveCount(0);
    await bob.open("/");
    await bob.follow(chips.last());
    await expect(bob.page.locator(`article[data-room="${room}"]`)).toBeVisible();
    await expect(chips.last()).toHaveAttribute("aria-current", "true");
    expect((await bob.page.goto("/admin"))?.status()).toBe(404);
  } finally {
    await server.remove();
  }
});
