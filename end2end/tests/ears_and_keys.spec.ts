// A conversation without the eyes or without a mouse, and who else is in it.

import { expect, test, unique } from "../support/person.ts";
import { pill, roomOf, scroll, toEnd } from "../support/long_room.ts";

test("new messages are read out, once and in order; nothing else is", async ({ alice, bob }) => {
  const room = await roomOf(alice, 80);
  const said: string[] = [];
  await bob.page.exposeFunction("said", (line: string) => said.push(line));
  await bob.enter(room);
  await bob.connectionIs("online");
  await bob.page.getByTestId("announcer").evaluate((region) => {
    new MutationObserver((changes) => {
      for (const change of changes) for (const node of change.addedNodes) (window as unknown as { said(line: string): void }).said(node.textContent ?? "");
    }).observe(region, { childList: true });
  });
  await expect(bob.log).toHaveAttribute("aria-live", "off");
  for (let n = 1; n <= 5; n++) await alice.must("post_message", { room, body: `aloud ${n}.` });
  await expect.poll(() => said.filter(Boolean).length).toBe(5);
  expect(said.filter(Boolean).map((line) => /aloud \d/.exec(line)?.[0])).toEqual([1, 2, 3, 4, 5].map((n) => `aloud ${n}`));
  said.length = 0;
  await bob.say("my own");
  await bob.sees("my own");
  await alice.must("react", { room, target: 80, emoji: "👍", on: true });
  await alice.must("edit_message", { room, target: 80, body: "edited quietly" });
  await bob.sees("edited quietly");
  for (let n = 0; n < 6; n++) await scroll(bob, -500);
  expect(said.filter(Boolean)).toEqual([]);
  await alice.must("post_message", { room, body: "unheard 1." });
  await expect.poll(() => said.filter(Boolean).length).toBe(1);
  // The same count is not said twice.
  await bob.page.waitForTimeout(6_000);
  expect(said.filter(Boolean).length).toBe(1);
  for (let n = 2; n <= 4; n++) await alice.must("post_message", { room, body: `unheard ${n}.` });
  await expect.poll(() => said.at(-1)).toMatch(/4/);
  expect(said.filter(Boolean).every((line) => !line.includes("unheard")), said.join()).toBe(true);
});

test("the keyboard goes from message to message", async ({ alice, bob }) => {
  const room = await roomOf(alice, 60);
  await bob.enter(room);
  await bob.log.focus();
  await bob.page.keyboard.press("ArrowUp");
  const focused = () => bob.page.evaluate(() => document.activeElement?.getAttribute("data-seq"));
  expect(await focused()).toBe("60");
  for (let n = 0; n < 3; n++) await bob.page.keyboard.press("ArrowUp");
  expect(await focused()).toBe("57");
  await bob.page.keyboard.press("ArrowDown");
  expect(await focused()).toBe("58");
  const name = await bob.page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
  expect(name).toContain(alice.name);
  expect(name).toContain("message 58.");
  // The Tab key walks through what is in this message, and then leaves the list.
  const within = () => bob.page.evaluate(() => document.activeElement?.closest("article")?.getAttribute("data-seq"));
  await bob.page.keyboard.press("Tab");
  expect(await within()).toBe("58");
  await expect(bob.log.locator("article[aria-label]")).toHaveCount(0);
  for (let n = 0; (await within()) === "58"; n++) {
    expect(n).toBeLessThan(6);
    await bob.page.keyboard.press("Tab");
  }
  expect(await bob.page.evaluate(() => !!document.activeElement?.closest("[role=log]"))).toBe(false);
  await bob.log.focus();
  await bob.page.keyboard.press("ArrowUp");
  await bob.page.keyboard.press("Tab");
  await bob.page.keyboard.press("Escape");
  await expect(bob.draft).toBeFocused();
  // The latest message is a key away from anywhere.
  await scroll(bob, -2_000);
  await expect(pill(bob)).toBeVisible();
  await bob.draft.press("End");
  await expect.poll(() => toEnd(bob)).toBeLessThanOrEqual(1);
  await scroll(bob, -2_000);
  await bob.page.locator(".head h1").click();
  await bob.page.keyboard.press("End");
  await expect.poll(() => toEnd(bob)).toBeLessThanOrEqual(1);
});

test("who writes and who is here is told", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Here") });
  await bob.enter(room);
  await alice.enter(room);
  await alice.connectionIs("online");
  await alice.draft.pressSequentially("hm");
  await expect(bob.page.getByTestId("typing")).toContainText(alice.name);
  await alice.say("hm");
  await bob.sees("hm");
  await expect(bob.page.getByTestId("typing")).toBeEmpty();
  await expect(bob.page.getByTestId("present").filter({ visible: true }).first()).toContainText("2");
});

test("the switcher goes to a room of mine, and says so where none is called that", async ({ alice }) => {
  const title = unique("Switched to");
  const room = await alice.makeRoom({ title });
  await alice.open("/");
  await alice.live();
  await alice.page.keyboard.press("Control+k");
  const dialog = alice.page.locator("dialog.switcher");
  const field = dialog.getByRole("combobox");
  await field.fill("no room is called that");
  await expect(dialog.getByRole("status")).not.toBeEmpty();
  await field.fill(title.toUpperCase());
  await expect(dialog.getByRole("status")).toBeEmpty();
  await field.press("Enter");
  await expect(alice.page).toHaveURL(new RegExp(`/rooms/${room}`));
});
