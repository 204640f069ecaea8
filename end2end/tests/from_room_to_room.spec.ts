// From room to room without leaving the page: what belongs to one of them stays there.

import { expect, test, unique, type Person } from "../support/person.ts";

const link = (person: Person, room: string) => person.page.locator(`.mine [data-room="${room}"] a`);
const here = (person: Person, room: string) => expect(person.log).toHaveAttribute("data-room", room);
const toEnd = (person: Person) => person.log.evaluate((log) => -log.scrollTop);

/** Two rooms of somebody, the first of which is open. */
async function rooms(alice: Person, messages = 1): Promise<[string, string]> {
  const both = [await alice.makeRoom({ title: unique("First") }), await alice.makeRoom({ title: unique("Second") })];
  for (const room of both) for (let n = 1; n <= messages; n++) await alice.must("post_message", { room, body: `line ${n}.` });
  await alice.enter(both[0]);
  await alice.connectionIs("online");
  // A mark that the page is the same one all the time.
  await alice.page.evaluate(() => Object.assign(window, { same: true }));
  return both as [string, string];
}

const isSamePage = async (person: Person) => expect(await person.page.evaluate(() => "same" in window)).toBe(true);

test("what is written in one room does not stand in the next, and is there when one comes back", async ({ alice }) => {
  const [first, second] = await rooms(alice);
  await alice.draft.fill("for the first room");
  await link(alice, second).click();
  await here(alice, second);
  await expect(alice.draft).toHaveValue("");
  await alice.draft.fill("for the second room");
  await link(alice, first).click();
  await here(alice, first);
  await expect(alice.draft).toHaveValue("for the first room");
  await link(alice, second).click();
  await here(alice, second);
  await expect(alice.draft).toHaveValue("for the second room");
  await alice.draft.press("Enter");
  await alice.sees("for the second room");
  await link(alice, first).click();
  await here(alice, first);
  await expect(alice.draft).toHaveValue("for the first room");
  await expect(alice.message("for the second room")).toHaveCount(0);
  await isSamePage(alice);
});

test("an edit lies aside while one looks at a chain of replies, with what it lies over", async ({ alice }) => {
  const [first] = await rooms(alice);
  const { seq } = await alice.must("post_message", { room: first, body: "an answer", reply_to: 1 });
  await expect(alice.message("an answer")).toBeVisible();
  await alice.draft.fill("half a thought");
  await alice.log.locator(`article[data-seq="${seq}"]`).hover();
  await alice.log.locator(`article[data-seq="${seq}"] [data-act=menu]`).click();
  await alice.page.locator("#message-menu [data-act=edit]").click();
  await alice.draft.fill("a better answer");
  await alice.log.locator("a.chain").first().click();
  await expect(alice.page.locator(".lens")).toBeVisible();
  await expect(alice.draft).toHaveValue("a better answer");
  await alice.draft.press("Escape");
  await expect(alice.draft).toHaveValue("half a thought");
  await isSamePage(alice);
});

test("the next room begins where it begins, with its menus closed, wherever the last one was left", async ({ alice }) => {
  const [first, second] = await rooms(alice, 60);
  await alice.page.locator("details.menu summary").click();
  await expect(alice.page.locator("details.menu[open]")).toHaveCount(1);
  // The next page takes its time, and the list still rolls.
  let come = () => {};
  const gate = new Promise<void>((done) => (come = done));
  await alice.page.route("**/api/open_room", async (route) => {
    await gate;
    await route.continue();
  });
  await alice.log.evaluate((log) => log.scrollBy(0, -600));
  await expect.poll(() => alice.page.evaluate(() => typeof history.state), "the place is noted").toBe("string");
  await link(alice, second).click();
  for (let n = 0; n < 5; n++) {
    await alice.log.evaluate((log) => log.scrollBy(0, -20));
    await alice.page.waitForTimeout(60);
  }
  await alice.page.waitForTimeout(500);
  come();
  await here(alice, second);
  await expect(alice.page.locator("details.menu[open]")).toHaveCount(0);
  await expect.poll(() => toEnd(alice)).toBeLessThanOrEqual(1);
  await expect(alice.message("line 60.")).toBeInViewport();
  await alice.page.goBack();
  await here(alice, first);
  await expect.poll(() => toEnd(alice)).toBeGreaterThan(400);
  await isSamePage(alice);
});

test("whoever joins by speaking is a member on the page too", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Door") });
  await alice.must("post_message", { room, body: "come in" });
  await bob.enter(room);
  await expect(bob.form("join_room")).toBeVisible();
  await bob.say("thank you");
  await bob.sees("thank you");
  await expect(bob.form("join_room")).toHaveCount(0);
  await bob.page.locator("details.menu summary").click();
  await expect(bob.form("leave_room")).toBeVisible();
  // Made a moderator, they may pin at once.
  await alice.must("set_role", { room, username: bob.name, role: "moderator" });
  await expect(bob.page.locator('details.menu a[href$="/settings"]')).toHaveCount(1);
});

test("the way back from a page without a program leads where one was, and from there on", async ({ alice }) => {
  const room = await alice.makeRoom({ title: unique("Back") });
  await alice.must("post_message", { room, body: "hello" });
  await alice.open("/");
  await link(alice, room).click();
  await here(alice, room);
  for (const page of ["members", "pins", "days"]) {
    await alice.page.locator(`.about a[href$="/${page}"]`).click();
    await expect(alice.page.locator("main.sheet h1")).toBeVisible();
    await alice.page.goBack();
    await expect(alice.page).toHaveURL(new RegExp(`/rooms/${room}[^/]*$`));
    await alice.live();
    await expect(alice.message("hello")).toBeVisible();
  }
  await alice.page.goBack();
  await expect(alice.page).toHaveURL(/\/$/);
  await alice.live();
  await expect(alice.page.locator("main.lobby")).toBeVisible();
});

test("a chain of replies is left to where one was reading", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Lens") });
  for (let n = 1; n <= 60; n++) {
    await bob.must("post_message", { room, body: `line ${n}.`, ...(n === 30 ? { reply_to: 3 } : {}) });
  }
  await alice.open(`/rooms/${room}/messages/30`);
  await alice.connectionIs("online");
  const place = () => alice.page.locator("#m30").evaluate((message) => message.getBoundingClientRect().top);
  const before = await place();
  await alice.page.locator("#m30 a.chain").click();
  await expect(alice.page.locator(".lens")).toBeVisible();
  await alice.page.keyboard.press("Escape");
  await expect(alice.page.locator(".lens")).toHaveCount(0);
  await expect(alice.page).toHaveURL(/messages\/30/);
  await expect.poll(async () => Math.abs((await place()) - before)).toBeLessThanOrEqual(1);
});
