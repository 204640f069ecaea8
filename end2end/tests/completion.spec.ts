// What is offered while one types: people after "@", emoji after ":". Choosing never sends.

import { expect, test, unique, type Person } from "../support/person.ts";
import { sent } from "../support/wire.ts";

const options = (person: Person) => person.page.locator("#completion [role=option]");
const active = (person: Person) => person.page.locator("#completion [aria-selected=true]");

async function sit(alice: Person, bob: Person) {
  const room = await alice.makeRoom({ title: unique("추천") });
  await bob.must("post_message", { room, body: "hello" });
  const sends = sent(alice.page, "send");
  await alice.enter(room);
  await alice.connectionIs("online");
  await alice.draft.focus();
  return () => sends.map((frame) => frame.body);
}

test("a name is completed by Enter, which does not send, and the next Enter does", async ({ alice, bob, hasTouch }) => {
  test.skip(hasTouch, "with a finger, Enter is a line");
  const bodies = await sit(alice, bob);
  await alice.page.keyboard.insertText(`hi @${bob.name.slice(0, 4)}`);
  await expect(active(alice)).toContainText(bob.name);
  const id = await active(alice).getAttribute("id");
  await expect(alice.draft).toHaveAttribute("aria-activedescendant", id!);
  await alice.page.keyboard.press("Enter");
  await expect(alice.draft).toHaveValue(`hi @${bob.name} `);
  await expect(options(alice)).toHaveCount(0);
  expect(bodies()).toEqual([]);
  await alice.page.keyboard.press("Enter");
  await alice.sees(`hi @${bob.name}`);
  expect(bodies()).toHaveLength(1);
});

test("a name that is being composed is chosen by Enter once it is whole, and nothing is sent", async ({ alice, bob, hasTouch }) => {
  test.skip(hasTouch, "with a finger, Enter is a line");
  const bodies = await sit(alice, bob);
  await alice.page.keyboard.insertText("@");
  const client = await alice.context.newCDPSession(alice.page);
  await client.send("Input.imeSetComposition", { text: "밥", selectionStart: 1, selectionEnd: 1 });
  await expect(active(alice)).toContainText(bob.name);
  await client.send("Input.dispatchKeyEvent", { type: "rawKeyDown", key: "Enter", code: "Enter", windowsVirtualKeyCode: 229 });
  await client.send("Input.insertText", { text: "밥" });
  await client.send("Input.dispatchKeyEvent", { type: "keyDown", key: "Enter", code: "Enter", windowsVirtualKeyCode: 13, text: "\r" });
  await client.send("Input.dispatchKeyEvent", { type: "keyUp", key: "Enter", code: "Enter", windowsVirtualKeyCode: 13 });
  await expect(alice.draft).toHaveValue(`@${bob.name} `);
  await alice.page.waitForTimeout(500);
  expect(bodies()).toEqual([]);
});

test("an emoji is found by its name in both languages, walked to by arrows, and put in by Tab or a press", async ({ alice, bob, hasTouch }) => {
  await sit(alice, bob);
  await alice.page.keyboard.insertText(":heart");
  await expect(options(alice).first()).toBeVisible();
  const second = await options(alice).nth(1).locator("span").first().textContent();
  await alice.page.keyboard.press("ArrowDown");
  await alice.page.keyboard.press("Tab");
  await expect(alice.draft).toHaveValue(`${second} `);
  await expect(alice.draft).toBeFocused();
  await alice.draft.fill("");
  await alice.page.keyboard.insertText(":하트");
  const first = options(alice).first();
  await expect(first).toBeVisible();
  const emoji = await first.locator("span").first().textContent();
  // What comes to lie where the list was is not pressed with it.
  const pressed = alice.page.evaluate(() => new Promise<string>((done) => addEventListener("click", (event) => done((event.target as Element).closest("[role=option]") ? "option" : "other"), { once: true, capture: true })));
  if (hasTouch) await first.tap();
  else await first.click();
  expect(await pressed).toBe("option");
  await expect(alice.draft).toHaveValue(`${emoji} `);
  await expect(alice.draft).toBeFocused();
});

test("Shift and Tab leave the list and the field for what stands before them", async ({ alice, bob, hasTouch }) => {
  test.skip(hasTouch, "a phone has no such keys");
  await sit(alice, bob);
  await alice.page.keyboard.insertText("hi @");
  await expect(options(alice).first()).toBeVisible();
  await alice.page.keyboard.press("Shift+Tab");
  await expect(options(alice)).toHaveCount(0);
  expect(await alice.page.evaluate(() => document.activeElement?.tagName)).not.toBe("BODY");
});

test("Escape closes the list and keeps the text", async ({ alice, bob }) => {
  await sit(alice, bob);
  await alice.page.keyboard.insertText(":heart");
  await expect(options(alice).first()).toBeVisible();
  await alice.page.keyboard.press("Escape");
  await expect(options(alice)).toHaveCount(0);
  await expect(alice.draft).toHaveValue(":heart");
  await alice.draft.fill("at 12:30");
  await alice.page.waitForTimeout(500);
  await expect(options(alice)).toHaveCount(0);
});

test("what is offered for one place is not put in another", async ({ alice, bob, hasTouch }) => {
  test.skip(hasTouch, "with a finger, Enter is a line");
  const bodies = await sit(alice, bob);
  await alice.page.keyboard.type(`hello @${bob.name.slice(0, 3)}`);
  await expect(active(alice)).toContainText(bob.name);
  for (let n = 0; n < 2; n++) await alice.page.keyboard.press("ArrowLeft");
  await alice.page.keyboard.press("Enter");
  await expect(alice.draft).toHaveValue("");
  await expect.poll(bodies).toEqual([`hello @${bob.name.slice(0, 3)}`]);
});
