// Hangul and Enter: once, whole, at the first press. The keys and compositions go the way of real ones, and what counts is
// what the page puts on the wire. Browsers differ in what they report, so that each of their orders is tried.

import type { CDPSession } from "@playwright/test";
import { expect, test, unique, type Person } from "../support/person.ts";
import { sent } from "../support/wire.ts";

/** What an input method does. */
class Keyboard {
  constructor(private readonly client: CDPSession) {}

  compose(text: string) {
    return this.client.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  }

  commit(text: string) {
    return this.client.send("Input.insertText", { text });
  }

  /** Enter as the input method reports it: with `keyCode` 229, and without an effect of its own. */
  taken(modifiers = 0) {
    return this.client.send("Input.dispatchKeyEvent", { type: "rawKeyDown", key: "Enter", code: "Enter", windowsVirtualKeyCode: 229, modifiers });
  }

  enter(modifiers = 0) {
    return this.client.send("Input.dispatchKeyEvent", { type: "keyDown", key: "Enter", code: "Enter", windowsVirtualKeyCode: 13, text: "\r", modifiers });
  }

  up() {
    return this.client.send("Input.dispatchKeyEvent", { type: "keyUp", key: "Enter", code: "Enter", windowsVirtualKeyCode: 13 });
  }
}

const [CTRL, SHIFT] = [2, 8];

async function sit(person: Person) {
  const room = await person.makeRoom({ title: unique("한글") });
  const sends = sent(person.page, "send");
  await person.enter(room);
  await person.connectionIs("online");
  await person.draft.focus();
  const keys = new Keyboard(await person.context.newCDPSession(person.page));
  return { keys, bodies: () => sends.map((frame) => frame.body) };
}

/** Whatever a stray event would still do has been done. */
const settled = (person: Person) => person.page.waitForTimeout(500);

const orders: Record<string, (keys: Keyboard) => Promise<unknown>> = {
  "Chrome on macOS: Enter, then the end of the composition": async (keys) => {
    await keys.compose("요");
    await keys.taken();
    await keys.commit("요");
  },
  "Windows: the press is reported a second time": async (keys) => {
    await keys.compose("요");
    await keys.taken();
    await keys.commit("요");
    await keys.enter();
  },
  "Safari: the end of the composition, then Enter with 229": async (keys) => {
    await keys.compose("요");
    await keys.commit("요");
    await keys.taken();
  },
};
for (const [name, press] of Object.entries(orders)) {
  test(`Hangul that is being composed is sent once and whole. ${name}`, async ({ alice, hasTouch }) => {
    test.skip(hasTouch, "with a finger, Enter is a line");
    const { keys, bodies } = await sit(alice);
    await alice.page.keyboard.insertText("안녕하세");
    await press(keys);
    await keys.up();
    await alice.sees("안녕하세요");
    await settled(alice);
    await expect(alice.draft).toHaveValue("");
    expect(bodies()).toEqual(["안녕하세요"]);
    await alice.say("다음");
    await alice.sees("다음");
    expect(bodies()).toEqual(["안녕하세요", "다음"]);
  });
}

for (const text of ["かな", "漢字"]) {
  for (const isSafari of [false, true]) {
    test(`Enter only commits ${text}${isSafari ? ", as Safari reports it" : ""}, and the next Enter sends it`, async ({ alice, hasTouch }) => {
      test.skip(hasTouch, "with a finger, Enter is a line");
      const { keys, bodies } = await sit(alice);
      await keys.compose(text);
      if (isSafari) await keys.commit(text);
      await keys.taken();
      if (!isSafari) await keys.commit(text);
      await keys.up();
      await settled(alice);
      expect(bodies()).toEqual([]);
      await expect(alice.draft).toHaveValue(text);
      await keys.enter();
      await keys.up();
      await alice.sees(text);
      expect(bodies()).toEqual([text]);
    });
  }
}

test("Shift and Enter break the line, and the last syllable stays", async ({ alice, hasTouch }) => {
  test.skip(hasTouch, "with a finger, Enter is a line");
  const { keys, bodies } = await sit(alice);
  await alice.page.keyboard.insertText("안녕하세");
  await keys.compose("요");
  await keys.taken(SHIFT);
  await keys.commit("요");
  await keys.enter(SHIFT);
  await keys.up();
  await settled(alice);
  await expect(alice.draft).toHaveValue("안녕하세요\n");
  expect(bodies()).toEqual([]);
});

test("who wants it so breaks the line by Enter, and sends by Ctrl and Enter", async ({ alice, hasTouch }) => {
  test.skip(hasTouch, "with a finger, Enter is a line");
  await alice.open("/settings");
  const form = alice.page.locator("#preferences");
  await form.locator("[name=enter_sends]").selectOption("false");
  await form.getByRole("button").click();
  await expect(form.getByRole("status")).toBeVisible();
  const { keys, bodies } = await sit(alice);
  await keys.compose("첫");
  await keys.taken();
  await keys.commit("첫");
  await keys.up();
  await keys.enter();
  await keys.up();
  await keys.commit("둘");
  await settled(alice);
  expect(bodies()).toEqual([]);
  await keys.enter(CTRL);
  await keys.up();
  await expect.poll(bodies).toEqual(["첫\n둘"]);
  await expect(alice.draft).toHaveValue("");
  // What is offered is chosen by Enter all the same; where the list is for what stood there before, Enter is a line.
  await alice.draft.pressSequentially(":smile");
  await expect(alice.page.locator("#completion [role=option]").first()).toBeVisible();
  await keys.enter();
  await keys.up();
  await expect(alice.draft).not.toHaveValue(/:smile|\n/);
  await alice.draft.fill("");
  await alice.draft.pressSequentially(":smil");
  await expect(alice.page.locator("#completion [role=option]").first()).toBeVisible();
  await keys.commit("e");
  await keys.enter();
  await keys.up();
  await settled(alice);
  expect(bodies()).toHaveLength(1);
});

test("with a finger, Enter is a line, and the button sends", async ({ alice, hasTouch }) => {
  test.skip(!hasTouch, "a keyboard sends");
  const { keys, bodies } = await sit(alice);
  await alice.page.keyboard.insertText("안녕하세");
  await keys.compose("요");
  await keys.commit("요");
  await keys.enter();
  await keys.up();
  await alice.page.keyboard.insertText("반가워요");
  await settled(alice);
  await expect(alice.draft).toHaveValue("안녕하세요\n반가워요");
  expect(bodies()).toEqual([]);
  await alice.composer.locator("button").last().tap();
  await alice.sees("반가워요");
  expect(bodies()).toEqual(["안녕하세요\n반가워요"]);
});

test("an edit is saved the same way, once and whole", async ({ alice, hasTouch }) => {
  test.skip(hasTouch, "with a finger, Enter is a line");
  const { keys } = await sit(alice);
  await alice.say("안녕");
  await alice.sees("안녕");
  const edits = sent(alice.page, "edit");
  await alice.reload();
  await alice.connectionIs("online");
  await alice.draft.focus();
  await alice.draft.press("ArrowUp");
  await expect(alice.draft).toHaveValue("안녕");
  await alice.page.keyboard.insertText("하세");
  await keys.compose("요");
  await keys.taken();
  await keys.commit("요");
  await keys.enter();
  await keys.up();
  await alice.sees("안녕하세요");
  await settled(alice);
  await expect(alice.draft).toHaveValue("");
  expect(edits.map((frame) => frame.body)).toEqual(["안녕하세요"]);
});
