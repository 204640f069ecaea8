// A text that is too long for one message: what becomes of it is asked, and nothing of it is lost.

import { expect, test, unique, type Person } from "../support/person.ts";

const words = (text: string) => text.split(/\s+/).filter(Boolean).join(" ");
const LONG = Array.from({ length: 900 }, (_, n) => `${n}번째 낱말`).join(" ");

async function paste(person: Person, text: string) {
  await person.draft.focus();
  await person.page.keyboard.insertText(text);
}

test("a long text is sent in pieces, in order and whole", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("긴 글") });
  await alice.enter(room);
  await bob.enter(room);
  await paste(alice, LONG);
  await expect(alice.page.getByTestId("count")).toBeVisible();
  await expect(alice.draft).toHaveValue(LONG);
  await alice.page.locator(".long button").first().click();
  await bob.sees("899번째 낱말");
  const said = await bob.conversation();
  expect(said.length).toBeGreaterThan(1);
  expect(said.every((message) => message.text.length <= 4_000)).toBe(true);
  expect(words(said.map((message) => message.text).join(" "))).toBe(words(LONG));
  await expect(alice.draft).toHaveValue("");
  await expect(alice.page.getByTestId("count")).toHaveCount(0);
});

test("a long text is cut when its author says so, and what was cut can be had back", async ({ alice }) => {
  const room = await alice.makeRoom({ title: unique("긴 글") });
  await alice.enter(room);
  await paste(alice, LONG);
  await alice.page.locator(".long button").nth(1).click();
  const kept = await alice.draft.inputValue();
  expect(kept.length).toBe(4_000);
  expect(LONG.startsWith(kept)).toBe(true);
  await alice.page.locator(".long button").last().click();
  await expect(alice.draft).toHaveValue(LONG);
});

test("the count is shown near the limit only", async ({ alice }) => {
  const room = await alice.makeRoom({ title: unique("긴 글") });
  await alice.enter(room);
  await alice.draft.fill("가".repeat(3_000));
  await expect(alice.page.getByTestId("count")).toHaveCount(0);
  await alice.draft.fill("가".repeat(3_900));
  await expect(alice.page.getByTestId("count")).toContainText("3,900");
});
