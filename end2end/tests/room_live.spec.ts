// What a room keeps through cuts and reloads.

import { expect, test, unique } from "../support/person.ts";

test("what is said without a connection waits, and arrives once and in order", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Cut off") });
  await alice.enter(room);
  await bob.enter(room);
  await alice.connectionIs("online");
  await alice.context.setOffline(true);
  await alice.connectionIs("connecting");
  await alice.say("first");
  await alice.say("second");
  for (const text of ["first", "second"]) await expect(alice.message(text)).toHaveAttribute("data-state", "pending");
  await bob.say("meanwhile");
  await bob.sees("meanwhile");
  await alice.connectionIs("offline");
  await expect(alice.page.getByTestId("connection")).toContainText("Connection lost. Reconnecting…");
  await alice.context.setOffline(false);
  for (const person of [alice, bob]) for (const text of ["meanwhile", "first", "second"]) await person.sees(text);
  expect(await alice.conversation()).toEqual(await bob.conversation());
  expect((await alice.conversation()).map((message) => message.text)).toEqual(["meanwhile", "first", "second"]);
});

test("a refused message says why, and can be edited or discarded", async ({ alice }) => {
  const room = await alice.makeRoom({ title: unique("Refused") });
  await alice.enter(room);
  // A filler of Hangul: a text of which nothing can be seen.
  await alice.draft.fill("\u3164");
  await alice.draft.press("Enter");
  const failed = alice.log.locator("article[data-state=failed]");
  await expect(failed).toHaveCount(1);
  await expect(failed).toContainText("Not sent.");
  await alice.say("the queue goes on");
  await alice.sees("the queue goes on");
  await alice.draft.fill("what stands there");
  await failed.getByRole("button", { name: "Edit" }).click();
  await expect(alice.draft).toHaveValue("\u3164\nwhat stands there");
  await expect(failed).toHaveCount(0);
  await alice.draft.fill("\u3164");
  await alice.draft.press("Enter");
  await expect(failed).toHaveCount(1);
  await alice.page.reload();
  await alice.live();
  await expect(failed).toHaveCount(1);
  await failed.getByRole("button", { name: "Discard" }).click();
  await expect(failed).toHaveCount(0);
  await alice.page.reload();
  await alice.live();
  await expect(failed).toHaveCount(0);
});

test("going from room to room keeps each live", async ({ alice, bob }) => {
  const [one, two] = [await alice.makeRoom({ title: unique("One") }), await alice.makeRoom({ title: unique("Two") })];
  await bob.enter(two);
  await bob.page.goto("/");
  await bob.live();
  await bob.page.locator(`article[data-room="${one}"] a[href^="/rooms/"]`).first().click();
  await alice.must("post_message", { room: one, body: "in one" });
  await bob.sees("in one");
  await bob.page.goBack();
  await bob.page.locator(`article[data-room="${two}"] a[href^="/rooms/"]`).first().click();
  await alice.must("post_message", { room: two, body: "in two" });
  await bob.sees("in two");
  await bob.page.goBack();
  await bob.page.locator(`article[data-room="${one}"] a[href^="/rooms/"]`).first().click();
  await bob.sees("in one");
  await alice.must("post_message", { room: one, body: "in one again" });
  await bob.sees("in one again");
  await expect(bob.message("in two")).toHaveCount(0);
});

test("old pages have a way to the latest, and what one says there is said at the end", async ({ alice }) => {
  const room = await alice.makeRoom({ title: unique("Paged") });
  for (let n = 1; n <= 120; n++) await alice.must("post_message", { room, body: `message ${n}.` });
  await alice.open(`/rooms/${room}?before=51`);
  await alice.sees("message 50.");
  await expect(alice.page.getByTestId("latest")).toBeVisible();
  await alice.say("from the past");
  await alice.sees("from the past");
  await alice.sees("message 120.");
  expect((await alice.conversation()).at(-1)?.text).toBe("from the past");
});

test("a gap too long to resume is a fresh page", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Long gap") });
  await bob.enter(room);
  await bob.connectionIs("online");
  await bob.context.setOffline(true);
  for (let n = 1; n <= 600; n++) await alice.must("post_message", { room, body: `message ${n}.` });
  await bob.context.setOffline(false);
  await bob.sees("message 600.");
  await alice.must("post_message", { room, body: "and on" });
  await bob.sees("and on");
});

test("a link from an old page of one room to another room opens its latest page", async ({ alice }) => {
  const [one, two] = [await alice.makeRoom({ title: unique("One") }), await alice.makeRoom({ title: unique("Two") })];
  for (let n = 1; n <= 60; n++) await alice.must("post_message", { room: one, body: `message ${n}.` });
  await alice.must("post_message", { room: one, body: `see /rooms/${two}` });
  for (let n = 1; n <= 60; n++) await alice.must("post_message", { room: two, body: `other ${n}.` });
  await alice.open(`/rooms/${one}?before=30`);
  await alice.sees("message 29.");
  await alice.page.evaluate((href) => {
    const link = document.createElement("a");
    link.href = href;
    document.body.append(link);
    link.click();
  }, `/rooms/${two}`);
  await alice.sees("other 60.");
});
