// What is being written is kept: room by room, over reloads, and in every tab.

import { expect, test, unique, type Person } from "../support/person.ts";

const kept = (person: Person) => person.page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("draft:")));
const mark = (person: Person, room: string) => person.page.locator(`.mine li[data-room="${room}"] [data-testid=draft]`);

async function two(person: Person): Promise<[string, string]> {
  return [await person.makeRoom({ title: unique("방 하나") }), await person.makeRoom({ title: unique("방 둘") })];
}

test("a draft is there again after a reload, with its caret and whom it answers, and marked in the list", async ({ alice, bob }) => {
  const [one, two_] = await two(alice);
  await bob.must("post_message", { room: one, body: "무슨 **생각** 하세요?" });
  await alice.enter(one);
  await alice.sees("무슨 생각 하세요?");
  await alice.message("무슨 생각 하세요?").hover();
  await alice.message("무슨 생각 하세요?").locator("[data-act=reply]").click();
  await alice.draft.pressSequentially("아직 쓰는 중");
  await alice.reload();
  await expect(alice.draft).toHaveValue("아직 쓰는 중");
  expect(await alice.draft.evaluate((area: HTMLTextAreaElement) => area.selectionStart)).toBe("아직 쓰는 중".length);
  await expect(alice.page.getByTestId("task")).toContainText("무슨 생각 하세요?");
  await expect(alice.composer.locator("input[name=reply_to]")).toHaveValue("1");

  await alice.enter(two_);
  await expect(alice.draft).toHaveValue("");
  await expect(mark(alice, one)).toHaveCount(1);
  await expect(mark(alice, two_)).toHaveCount(0);
  await alice.reload();
  await expect(mark(alice, one)).toHaveCount(1);
  await alice.enter(one);
  await expect(alice.draft).toHaveValue("아직 쓰는 중");
  await alice.composer.locator("button").last().click();
  await alice.sees("아직 쓰는 중");
  await expect(mark(alice, one)).toHaveCount(0);
  await alice.reload();
  await expect(alice.draft).toHaveValue("");
  await expect(alice.page.getByTestId("task")).toHaveCount(0);
  expect(await kept(alice)).toEqual([]);
});

test("a single syllable that goes by way of the input method leaves no draft behind", async ({ alice, hasTouch }) => {
  const [room] = await two(alice);
  await alice.enter(room);
  await alice.connectionIs("online");
  await alice.draft.focus();
  const client = await alice.context.newCDPSession(alice.page);
  await client.send("Input.imeSetComposition", { text: "휴", selectionStart: 1, selectionEnd: 1 });
  await expect.poll(() => kept(alice)).toHaveLength(1);
  if (!hasTouch) await client.send("Input.dispatchKeyEvent", { type: "rawKeyDown", key: "Enter", code: "Enter", windowsVirtualKeyCode: 229 });
  await client.send("Input.insertText", { text: "휴" });
  if (hasTouch) await alice.composer.locator("button").last().tap();
  else await client.send("Input.dispatchKeyEvent", { type: "keyUp", key: "Enter", code: "Enter", windowsVirtualKeyCode: 13 });
  await alice.sees("휴");
  expect(await kept(alice)).toEqual([]);
  await expect(mark(alice, room)).toHaveCount(0);
  await alice.reload();
  await expect(alice.draft).toHaveValue("");
});

test("a change that is not done is there again after a reload, and what lay aside after it", async ({ alice }) => {
  const [room] = await two(alice);
  await alice.must("post_message", { room, body: "as it was" });
  await alice.enter(room);
  await alice.sees("as it was");
  await alice.draft.fill("something else");
  await alice.message("as it was").hover();
  await alice.message("as it was").locator("[data-act=menu]").click();
  await alice.page.locator("#message-menu [data-act=edit]").click();
  await expect(alice.draft).toHaveValue("as it was");
  await alice.draft.fill("as it will be");
  await alice.reload();
  await expect(alice.draft).toHaveValue("as it will be");
  await expect(alice.page.getByTestId("task")).toBeVisible();
  await alice.composer.locator("button").last().click();
  await alice.sees("as it will be");
  await expect(alice.message("as it was")).toHaveCount(0);
  await expect(alice.draft).toHaveValue("something else");
  await alice.reload();
  await expect(alice.draft).toHaveValue("something else");
  await expect(alice.page.getByTestId("task")).toHaveCount(0);
});

test("a change of a message that is gone meanwhile is a text that can be sent", async ({ alice }) => {
  const [room] = await two(alice);
  await alice.must("post_message", { room, body: "as it was" });
  await alice.enter(room);
  await alice.message("as it was").hover();
  await alice.message("as it was").locator("[data-act=menu]").click();
  await alice.page.locator("#message-menu [data-act=edit]").click();
  await alice.draft.fill("worth keeping");
  await alice.open("/");
  await alice.must("delete_message", { room, target: 1 });
  await alice.enter(room);
  await expect(alice.draft).toHaveValue("worth keeping");
  await expect(alice.page.getByTestId("task")).toHaveCount(0);
  await alice.composer.locator("button").last().click();
  await alice.sees("worth keeping");
});

test("a text that is cleared is no draft", async ({ alice }) => {
  const [room] = await two(alice);
  await alice.enter(room);
  await alice.draft.pressSequentially("hm");
  await expect(mark(alice, room)).toHaveCount(1);
  await alice.draft.fill("");
  await expect(mark(alice, room)).toHaveCount(0);
  expect(await kept(alice)).toEqual([]);
});

test("of two tabs the later one wins, and neither loses what is being typed in it", async ({ alice }) => {
  const [room] = await two(alice);
  await alice.enter(room);
  const other = alice.in(await alice.context.newPage());
  await other.enter(room);
  await alice.draft.pressSequentially("from the first");
  await expect(other.draft).toHaveValue("from the first");
  await other.draft.focus();
  await other.draft.fill("from the second");
  // Somebody is at this one.
  await expect(alice.draft).toHaveValue("from the first");
  await alice.reload();
  await expect(alice.draft).toHaveValue("from the second");
  await other.say("from the second");
  await other.sees("from the second");
  await expect(alice.draft).toHaveValue("");
});

test("what is written on one device goes on on another, and is gone from both once it is sent", async ({ alice, bob, invite }) => {
  const [room] = await two(alice);
  await bob.must("post_message", { room, body: "well?" });
  const phone = await invite("phone");
  await phone.open("/login");
  await phone.signIn({ username: alice.name });
  await phone.isIn();
  await phone.enter(room);
  await phone.message("well?").hover();
  await phone.message("well?").locator("[data-act=reply]").click();
  await phone.draft.pressSequentially("half a thou");
  const kept = async () => (await alice.must("open_room", { room })).draft?.body;
  await expect.poll(kept).toBe("half a thou");
  // Put down.
  await phone.draft.blur();
  await alice.enter(room);
  await expect(alice.draft).toHaveValue("half a thou");
  await expect(alice.page.getByTestId("task")).toContainText("well?");
  await alice.draft.press("End");
  await alice.draft.pressSequentially("ght");
  await alice.composer.locator("button").last().click();
  await alice.sees("half a thought");
  await expect.poll(kept).toBeUndefined();
  await phone.sees("half a thought");
  await expect(phone.draft).toHaveValue("");
  await phone.reload();
  await phone.sees("half a thought");
  await expect(phone.draft).toHaveValue("");
  await expect(phone.page.getByTestId("task")).toHaveCount(0);
});

test("what has not reached the server is not undone by what it has", async ({ alice }) => {
  const [room] = await two(alice);
  await alice.enter(room);
  await alice.draft.pressSequentially("kept");
  await expect.poll(async () => (await alice.must("open_room", { room })).draft?.body).toBe("kept");
  await alice.page.route("**/api/save_draft*", (route) => route.abort());
  await alice.draft.pressSequentially(" and more");
  await alice.reload();
  await expect(alice.draft).toHaveValue("kept and more");
  await alice.page.unroute("**/api/save_draft*");
  await alice.reload();
  await expect.poll(async () => (await alice.must("open_room", { room })).draft?.body).toBe("kept and more");
});

test("whoever signs out leaves no draft behind", async ({ alice }) => {
  const [room] = await two(alice);
  await alice.page.setViewportSize({ width: 1280, height: 800 });
  await alice.enter(room);
  await alice.draft.pressSequentially("for nobody's eyes");
  await expect.poll(() => kept(alice)).toHaveLength(1);
  await alice.form("logout").locator("button").click();
  await expect(alice.page.locator("a[href^='/login']").first()).toBeAttached();
  expect(await kept(alice)).toEqual([]);
});
