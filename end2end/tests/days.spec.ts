// The line above a day leads to the page of the day that it names: the reader's own, here that of Seoul. How long ago
// something was is told by the server's clock, whatever the browser's says.

import { expect, test, unique } from "../support/person.ts";

test("the line of a day and the page that it leads to agree", async ({ alice }) => {
  const room = await alice.makeRoom({ title: unique("Days") });
  await alice.must("post_message", { room, body: "today" });
  await alice.enter(room);
  const line = alice.log.locator(".day a").first();
  const sent = new Date((await line.locator("time").getAttribute("datetime")) ?? "");
  const day = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Seoul" }).format(sent);
  const label = new Intl.DateTimeFormat("en", { timeZone: "Asia/Seoul", dateStyle: "full" }).format(sent);
  await expect(line).toHaveText(label);
  await expect(line).toHaveAttribute("href", new RegExp(`/days/${day}\\?tz=540$`));
  await line.click();
  await expect(alice.page).toHaveURL(new RegExp(`/days/${day}\\?tz=540$`));
  await expect(alice.page).toHaveTitle(new RegExp(`^${day} UTC\\+9 · `));
  await expect(alice.log.locator("article[data-seq]")).toHaveCount(1);
  await expect(alice.log.locator(".day a")).toHaveText([label]);
});

test("a browser whose clock is hours off tells times by the server's", async ({ alice }) => {
  const room = await alice.makeRoom({ title: unique("Clocks") });
  await alice.page.addInitScript(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + 3 * 60 * 60 * 1000;
  });
  await alice.open("/?sort=new");
  const card = alice.page.locator(`article[data-room="${room}"]`);
  await expect(card.locator(".last time")).toHaveText("just now");
});

test("the program is loaded early, once, and used", async ({ alice }) => {
  const loaded = () =>
    performance
      .getEntriesByType("resource")
      .filter((entry) => new URL(entry.name).pathname.match(/^\/pkg\/.*\.(js|wasm)$/))
      .map((entry) => [new URL(entry.name).pathname.split(".").pop(), (entry as PerformanceResourceTiming).initiatorType]);
  await alice.open("/");
  // Chromium calls what a modulepreload brings "other".
  expect((await alice.page.evaluate(loaded)).sort()).toEqual([["js", "other"], ["wasm", "link"]]);
});
