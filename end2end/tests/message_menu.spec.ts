// What one may do with a message: answer, edit, delete, react, copy, by mouse, finger and keyboard, and without script.

import type { Locator } from "@playwright/test";
import { expect, test, unique, type Person } from "../support/person.ts";
import { faulty, sent } from "../support/wire.ts";

const menu = (person: Person) => person.page.locator("#message-menu");
const item = (person: Person, act: string) => menu(person).locator(`[data-act=${act}]`);
const row = (person: Person, seq: number) => person.log.locator(`article[data-seq="${seq}"]`);

/** Opens the menu of a message, as one does with a mouse or a finger. */
async function open(person: Person, message: Locator, hasTouch: boolean) {
  if (hasTouch) {
    const client = await person.context.newCDPSession(person.page);
    const finger = (type: "touchStart" | "touchEnd", touchPoints: { x: number; y: number }[] = []) =>
      client.send("Input.dispatchTouchEvent", { type, touchPoints });
    // A list that is still finding its place moves away from under the finger; then one presses again.
    await expect(async () => {
      await message.scrollIntoViewIfNeeded();
      const box = (await message.locator("[data-part=body]").boundingBox())!;
      await finger("touchStart", [{ x: box.x + 10, y: box.y + box.height / 2 }]);
      await expect(menu(person)).toBeVisible({ timeout: 2_000 }).finally(() => finger("touchEnd"));
    }).toPass();
  } else {
    await message.scrollIntoViewIfNeeded();
    await message.hover();
    await message.locator("[data-act=menu]").click();
  }
  await expect(menu(person)).toBeVisible();
}

async function room(alice: Person, bob: Person, ...bodies: string[]) {
  const room = await alice.makeRoom({ title: unique("메뉴") });
  for (const body of bodies) await bob.must("post_message", { room, body });
  await alice.enter(room);
  await alice.connectionIs("online");
  return room;
}

test("a reply quotes in one line, and the quote leads to what it answers", async ({ alice, bob, hasTouch }) => {
  const id = await room(alice, bob, "무엇을 **먹을까요**?", ...Array.from({ length: 40 }, (_, n) => `${n}번째 말`));
  await bob.enter(id);
  await open(alice, row(alice, 1), hasTouch);
  await item(alice, "reply").click();
  await expect(menu(alice)).toBeHidden();
  await expect(alice.draft).toBeFocused();
  await expect(alice.page.getByTestId("task")).toContainText("무엇을 먹을까요?");
  await alice.draft.press("Escape");
  await expect(alice.page.getByTestId("task")).toHaveCount(0);

  await open(alice, row(alice, 1), hasTouch);
  await item(alice, "reply").click();
  await alice.say("국수요");
  for (const person of [alice, bob]) {
    await person.sees("국수요");
    const quote = person.message("국수요").locator(".quote");
    await expect(quote).toContainText(bob.name);
    await expect(quote).toContainText("무엇을 먹을까요?");
    await expect(quote).toHaveAttribute("href", new RegExp(`/rooms/${id}[^/]*/messages/1$`));
    await quote.click();
    await expect(row(person, 1)).toBeInViewport();
    await expect(row(person, 1)).toHaveAttribute("data-flash");
    await expect(person.page).toHaveURL(new RegExp(`/rooms/${id}`));
  }
  // What is quoted changes with what it quotes.
  await bob.must("edit_message", { room: id, target: 1, body: "어디로 갈까요?" });
  await expect(alice.message("국수요").locator(".quote")).toContainText("어디로 갈까요?");
  await bob.must("delete_message", { room: id, target: 1 });
  await expect(alice.message("국수요").locator(".quote")).not.toContainText("어디로 갈까요?");
  // A page made anew says the same, wherever the reader has got to.
  await alice.open(`/rooms/${id}/messages/42`);
  await expect(alice.message("국수요").locator(".quote")).toHaveCount(1);
});

test("a reply to what is not on the page quotes it as well", async ({ alice, bob }) => {
  const id = await room(alice, bob, "long ago", ...Array.from({ length: 160 }, (_, n) => `line ${n}.`));
  await alice.must("mark_read", { room: id, seq: 161 });
  // Elsewhere in between: a reload would lead to where the room has just been opened.
  await alice.open("/");
  await alice.enter(id);
  await expect(row(alice, 1)).toHaveCount(0);
  await bob.must("post_message", { room: id, body: "still true", reply_to: 1 });
  await expect(alice.message("still true").locator(".quote")).toContainText("long ago");
  await bob.must("edit_message", { room: id, target: 1, body: "very long ago" });
  await expect(alice.message("still true").locator(".quote")).toContainText("very long ago");
  await alice.reload();
  await expect(alice.message("still true").locator(".quote")).toContainText("very long ago");
});

test("an own message is edited from its menu, and what was being written comes back", async ({ alice, bob, hasTouch }) => {
  const id = await room(alice, bob, "hello");
  await bob.enter(id);
  await alice.say("a tpyo");
  await alice.sees("a tpyo");
  await alice.draft.fill("half a thought");
  await open(alice, alice.message("a tpyo"), hasTouch);
  await item(alice, "edit").click();
  await expect(alice.draft).toHaveValue("a tpyo");
  await alice.draft.press("Escape");
  await expect(alice.draft).toHaveValue("half a thought");
  await open(alice, alice.message("a tpyo"), hasTouch);
  await item(alice, "edit").click();
  await alice.say("a typo");
  for (const person of [alice, bob]) {
    await person.sees("a typo");
    await expect(person.message("a typo").locator("time.edited")).toHaveCount(1);
  }
  await expect(alice.draft).toHaveValue("half a thought");
  // What lies aside is still a reply if it was one.
  await open(alice, row(alice, 1), hasTouch);
  await item(alice, "reply").click();
  await open(alice, alice.message("a typo"), hasTouch);
  await item(alice, "edit").click();
  await alice.draft.press("Escape");
  await expect(alice.draft).toHaveValue("half a thought");
  await expect(alice.page.getByTestId("task")).toContainText("hello");
  // Another's message offers neither.
  await open(alice, row(alice, 1), hasTouch);
  await expect(item(alice, "edit")).toHaveCount(0);
});

test("the arrow in an empty field edits my last message, and Escape moves nothing", async ({ alice, bob, hasTouch }) => {
  test.skip(hasTouch, "a keyboard's");
  const id = await room(alice, bob, ...Array.from({ length: 30 }, (_, n) => `line ${n}.`));
  await alice.say("my words");
  await alice.sees("my words");
  await bob.must("post_message", { room: id, body: "by another" });
  await alice.sees("by another");
  const top = () => alice.message("my words").evaluate((row) => row.getBoundingClientRect().top);
  const before = await top();
  await alice.draft.press("ArrowUp");
  await expect(alice.draft).toHaveValue("my words");
  await alice.draft.press("Escape");
  await expect(alice.draft).toHaveValue("");
  expect(await top()).toBe(before);
  await alice.draft.fill("something");
  await alice.draft.press("ArrowUp");
  await expect(alice.draft).toHaveValue("something");
});

test("an edit that leaves nothing is not saved, and says so", async ({ alice, bob, hasTouch }) => {
  test.skip(hasTouch, "a keyboard's");
  await room(alice, bob, "hello");
  await alice.say("worth keeping");
  await alice.sees("worth keeping");
  await alice.draft.press("ArrowUp");
  await expect(alice.draft).toHaveValue("worth keeping");
  await alice.draft.fill("");
  await alice.draft.press("Enter");
  await expect(alice.alert).toBeVisible();
  await expect(alice.page.getByTestId("task")).toBeVisible();
  await alice.draft.press("Escape");
  await expect(alice.alert).toHaveCount(0);
  await alice.sees("worth keeping");
});

test("an edit that is refused is rolled back, says why, and loses nothing", async ({ alice, bob, hasTouch }) => {
  const id = await room(alice, bob, "hello");
  await alice.say("first version");
  await alice.sees("first version");
  let refuses = true;
  const line = await faulty(alice.page, {
    up: (frame, pass) => {
      const { id: frameId, nonce, t } = frame;
      if (t === "edit" && refuses) line.say({ t: "err", id: frameId, nonce, room: Number(id), code: "locked", msg: "Because I say so.", fatal: true });
      else pass();
    },
  });
  await alice.reload();
  await alice.connectionIs("online");
  await open(alice, alice.message("first version"), hasTouch);
  await item(alice, "edit").click();
  await alice.say("second version");
  const mine = row(alice, 2);
  await expect(mine).toContainText("Because I say so.");
  await expect(mine.locator("[data-part=body]")).toHaveText("first version");
  await alice.reload();
  await expect(mine).toContainText("Because I say so.");
  refuses = false;
  await mine.locator(".failed [data-act=edit]").click();
  await expect(alice.draft).toHaveValue("second version");
  await alice.say("third version");
  await alice.sees("third version");
  await expect(mine.locator(".failed")).toHaveCount(0);
});

test("a deletion waits for a second thought, goes when the page is closed, and leaves a tombstone", async ({ alice, bob, hasTouch }) => {
  const id = await room(alice, bob, "hello");
  await bob.enter(id);
  for (const text of ["keep me", "drop me"]) await alice.say(text);
  await alice.sees("drop me");
  const deletions = sent(alice.page, "del");
  await alice.reload();
  await alice.connectionIs("online");
  await open(alice, alice.message("keep me"), hasTouch);
  await item(alice, "delete").click();
  await expect(row(alice, 2)).toHaveAttribute("data-deleted", "true");
  await row(alice, 2).locator("[data-act=undo]").click();
  await alice.sees("keep me");
  await open(alice, alice.message("drop me"), hasTouch);
  await item(alice, "delete").click();
  await expect(row(alice, 3)).toHaveAttribute("data-deleted", "true");
  expect(deletions, "not yet").toEqual([]);
  await alice.page.close();
  await expect(row(bob, 3)).toHaveAttribute("data-deleted", "true");
  await bob.sees("keep me");
});

test("a deletion goes by itself, and a moderator may delete anybody's", async ({ alice, bob, hasTouch }) => {
  const id = await room(alice, bob, "not nice");
  await bob.enter(id);
  await open(alice, row(alice, 1), hasTouch);
  await item(alice, "delete").click();
  await expect(row(bob, 1)).toHaveAttribute("data-deleted", "true");
  await expect(row(alice, 1).locator(".failed")).toHaveCount(0);
  await alice.say("better");
  await bob.sees("better");
  await open(bob, bob.message("better"), hasTouch);
  await expect(item(bob, "delete")).toHaveCount(0);
});

test("a reaction is given from the menu, joined and taken back by a press", async ({ alice, bob, hasTouch }) => {
  const id = await room(alice, bob, "good news");
  await bob.enter(id);
  await open(alice, row(alice, 1), hasTouch);
  await menu(alice).locator("[data-emoji='🎉']").click();
  const chip = (person: Person) => row(person, 1).locator("[data-emoji='🎉']");
  await expect(chip(bob)).toHaveText("🎉1");
  await expect(chip(bob)).toHaveAttribute("aria-pressed", "false");
  await chip(bob).click();
  for (const person of [alice, bob]) {
    await expect(chip(person)).toHaveText("🎉2");
    await expect(chip(person)).toHaveAttribute("aria-pressed", "true");
  }
  await chip(alice).click();
  await expect(chip(bob)).toHaveText("🎉1");
  await chip(bob).click();
  for (const person of [alice, bob]) await expect(row(person, 1).locator(".reaction")).toHaveCount(0);
});

test("the menu is opened by a key, walked by arrows, closed by Escape, and gives the focus back", async ({ alice, bob, hasTouch }) => {
  test.skip(hasTouch, "a keyboard's");
  await room(alice, bob, "hello", "again");
  const tool = row(alice, 2).locator("[data-act=menu]");
  await row(alice, 2).evaluate((row) => {
    row.setAttribute("tabindex", "-1");
    row.focus();
  });
  await alice.page.keyboard.press("Enter");
  await expect(menu(alice)).toBeVisible();
  const first = menu(alice).getByRole("menuitem").first();
  await expect(first).toBeFocused();
  await alice.page.keyboard.press("ArrowUp");
  await expect(menu(alice).getByRole("menuitem").last()).toBeFocused();
  await alice.page.keyboard.press("ArrowDown");
  await expect(first).toBeFocused();
  await alice.page.keyboard.press("Escape");
  await expect(menu(alice)).toBeHidden();
  await expect(row(alice, 2)).toBeFocused();
  await row(alice, 2).hover();
  await tool.click();
  await expect(menu(alice)).toBeVisible();
  await alice.page.locator("h1").first().click();
  await expect(menu(alice)).toBeHidden();
});

test("the menu stays on the screen, and what a finger has to hit is large enough", async ({ alice, bob, hasTouch }) => {
  await room(alice, bob, ...Array.from({ length: 30 }, (_, n) => `line ${n}.`));
  const { width, height } = alice.page.viewportSize()!;
  for (const message of [row(alice, 30), row(alice, 16)]) {
    await open(alice, message, hasTouch);
    const box = (await menu(alice).boundingBox())!;
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.y).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(width);
    expect(box.y + box.height).toBeLessThanOrEqual(height + 1);
    if (hasTouch) {
      for (const one of await menu(alice).getByRole("menuitem").all()) {
        const target = (await one.boundingBox())!;
        expect(Math.min(target.width, target.height)).toBeGreaterThanOrEqual(44);
      }
    }
    await alice.page.keyboard.press("Escape");
    await expect(menu(alice)).toBeHidden();
  }
});

test("text and link are copied, and a visitor may do that too, and no more", async ({ alice, bob, visitor, hasTouch }) => {
  const id = await room(alice, bob, "copy **me**");
  await alice.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const clipboard = () => alice.page.evaluate(() => navigator.clipboard.readText());
  await open(alice, row(alice, 1), hasTouch);
  await item(alice, "text").click();
  await expect.poll(clipboard).toBe("copy **me**");
  await open(alice, row(alice, 1), hasTouch);
  await item(alice, "link").click();
  await expect.poll(clipboard).toMatch(new RegExp(`/rooms/${id}/messages/1$`));
  await visitor.enter(id);
  await open(visitor, row(visitor, 1), hasTouch);
  expect(await menu(visitor).getByRole("menuitem").evaluateAll((all) => all.map((one) => one.getAttribute("data-act")))).toEqual(["text", "link"]);
});

test("text is copied over plain HTTP too, where pages have no clipboard", async ({ alice, bob, hasTouch }) => {
  await alice.page.addInitScript(() => Object.defineProperty(Navigator.prototype, "clipboard", { get: () => undefined }));
  await room(alice, bob, "copy **me**");
  await open(alice, row(alice, 1), hasTouch);
  await item(alice, "text").click();
  await expect(alice.page.locator(".word")).toHaveText(/\S/);
  await alice.draft.focus();
  await alice.page.keyboard.press("ControlOrMeta+V");
  await expect(alice.draft).toHaveValue("copy **me**");
  await expect(alice.page.locator("body > textarea")).toHaveCount(0);
});

test("a moderator pins from the menu, and takes it down again", async ({ alice, bob, hasTouch }) => {
  const id = await room(alice, bob, "the rules");
  await bob.enter(id);
  await open(bob, row(bob, 1), hasTouch);
  await expect(item(bob, "pin")).toHaveCount(0);
  await open(alice, row(alice, 1), hasTouch);
  await item(alice, "pin").click();
  await expect(row(bob, 1).locator(".pinned")).toHaveCount(1);
  await open(alice, row(alice, 1), hasTouch);
  await item(alice, "pin").click();
  await expect(row(bob, 1).locator(".pinned")).toHaveCount(0);
});

test("who reacted is told where one points", async ({ alice, bob, hasTouch }) => {
  const id = await room(alice, bob, "good news");
  await bob.must("react", { room: id, target: 1, emoji: "👍", on: true });
  const chip = row(alice, 1).locator(".reaction");
  if (hasTouch) await chip.tap();
  else await chip.hover();
  const tip = alice.page.getByRole("tooltip");
  await expect(tip).toContainText(bob.name);
  await alice.draft.focus();
  await expect(tip).toBeHidden();
});
