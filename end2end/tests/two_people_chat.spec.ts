// The main job: two people find a room that is a post, and talk in it live.

import { expect, test, unique } from "../support/person.ts";

test("two people register, find a room post and talk in it live", async ({ invite }) => {
  const alice = await invite("alice");
  const bob = await invite("밥");
  await alice.register();
  await alice.isIn();
  await bob.register();
  await bob.isIn();

  const title = unique("서울 동네 카페 지도");
  const room = await alice.write({ title, body: "콘센트가 **넉넉한** 곳만.", category: "local", tags: "카페, coffee" });
  await expect(alice.page.getByText(title).filter({ visible: true }).first()).toBeVisible();

  await bob.open("/");
  const card = bob.page.locator(`article[data-room="${room}"]`);
  await expect(card).toContainText(title);
  await card.getByRole("link", { name: title }).first().click();
  await expect(bob.page).toHaveURL(new RegExp(`/rooms/${room}\\b`));
  await expect(bob.page.locator("strong", { hasText: "넉넉한" })).toBeVisible();

  await alice.say("안녕하세요, 어디부터 채울까요?");
  await bob.sees("안녕하세요, 어디부터 채울까요?");
  await bob.say("Hi! 성수 first, then 연남 ☕");
  await alice.sees("Hi! 성수 first, then 연남 ☕");
  await alice.say("좋아요");
  await bob.sees("좋아요");

  expect(await alice.conversation()).toEqual(await bob.conversation());
  await bob.reload();
  await bob.sees("좋아요");
  expect(await bob.conversation()).toEqual(await alice.conversation());
});

test("a visitor without an account reads along live, and is asked to sign in to speak", async ({ alice, visitor }) => {
  const room = await alice.makeRoom({ title: unique("Open to read") });
  await alice.enter(room);
  await visitor.enter(room);
  await alice.say("Can everybody hear me?");
  await visitor.sees("Can everybody hear me?");
  await expect(visitor.draft).toHaveCount(0);
  await expect(visitor.page.locator('main a[href^="/login?next="]').first()).toBeVisible();
});

test("my message is there at once, and becomes the confirmed one in place", async ({ alice }) => {
  const room = await alice.makeRoom({ title: unique("In place") });
  await alice.must("post_message", { room, body: "something before" });
  await alice.enter(room);
  await alice.sees("something before");

  const changes = await alice.log.evaluateHandle((log) => {
    const seen: string[] = [];
    const articles = (nodes: NodeList) =>
      [...nodes].filter((node) => node instanceof Element).flatMap((node) => (node.matches("article[data-state]") ? [node] : [...node.querySelectorAll("article[data-state]")]));
    new MutationObserver((records) => {
      for (const record of records) {
        for (const article of articles(record.addedNodes)) seen.push(`added ${article.getAttribute("data-state")}`);
        for (const _ of articles(record.removedNodes)) seen.push("removed");
        // A new element is given its attributes; that is no change of what somebody sees.
        if (record.type === "attributes" && record.oldValue !== null) seen.push(`was ${record.oldValue}`);
      }
    }).observe(log, { childList: true, subtree: true, attributeFilter: ["data-state"], attributeOldValue: true });
    return seen;
  });
  await alice.say("one and the same");
  const element = await alice.message("one and the same").elementHandle();
  await alice.sees("one and the same");

  expect(await changes.jsonValue()).toEqual(["added pending", "was pending"]);
  expect(await element?.evaluate((article) => article.isConnected && article.getAttribute("data-state"))).toBe("sent");
  await expect(alice.draft).toHaveValue("");
});

test("what two people say at the same time arrives once, in one order for both", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("All at once") });
  await alice.enter(room);
  await bob.enter(room);
  const lines = (who: string) => Array.from({ length: 10 }, (_, n) => `${who} says number ${n}.`);
  const speak = async (who: typeof alice, texts: string[]) => {
    for (const text of texts) await who.say(text);
  };
  await Promise.all([speak(alice, lines("alice")), speak(bob, lines("bob"))]);

  for (const person of [alice, bob]) {
    for (const text of [...lines("alice"), ...lines("bob")]) await person.sees(text);
  }
  const seen = await alice.conversation();
  expect(await bob.conversation()).toEqual(seen);
  const texts = seen.map((message) => message.text);
  expect(texts.filter((text) => text.startsWith("alice"))).toEqual(lines("alice"));
  expect(texts.filter((text) => text.startsWith("bob"))).toEqual(lines("bob"));
  const seqs = seen.map((message) => Number(message.seq));
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
});

test("a message that is refused keeps its text, and nobody else sees it", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Too much") });
  await alice.enter(room);
  await bob.enter(room);
  const long = "가".repeat(4001);
  await alice.draft.evaluate((area) => area.removeAttribute("maxlength"));
  await alice.say(long);
  await expect
    .poll(async () => {
      const failed = await alice.log.locator("article[data-state=failed]").allTextContents();
      return [await alice.draft.inputValue(), ...failed].some((text) => text.includes(long));
    })
    .toBe(true);
  await alice.draft.fill("");
  await alice.say("shorter");
  await bob.sees("shorter");
  await expect(bob.message("가".repeat(100))).toHaveCount(0);
});
