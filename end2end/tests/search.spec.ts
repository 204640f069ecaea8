// One search over posts and messages, with script and without, in Korean and in English.

import { expect, test, unique, type Person } from "../support/person.ts";

const hits = (person: Person) => person.page.getByTestId("hit");
const field = (person: Person) => person.page.locator("main form[role=search] input[name=q]");

/** Opens the page of a search, again until the index has what was just written; while others write much, it rests. */
async function finds(person: Person, q: string, count: number) {
  await expect(async () => {
    await person.open(`/search?q=${encodeURIComponent(q)}`);
    await expect(hits(person)).toHaveCount(count, { timeout: 100 });
  }).toPass({ timeout: 30_000 });
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with script" : "without script", () => {
    test.use({ javaScriptEnabled });

    test("a word within a Korean word is found from every page, and the hit leads to the message", async ({ alice, visitor }) => {
      const word = unique("").trim();
      const room = await alice.makeRoom({ title: `방 ${word}` });
      const { seq } = await alice.must("post_message", { room, body: `채팅방에서 만나요 ${word}` });
      await alice.must("post_message", { room, body: `다른 말 ${word}` });
      await finds(visitor, `방에서 ${word}`, 1);

      await visitor.open("/");
      const sidebar = visitor.page.locator("nav form[role=search]");
      await sidebar.locator("[name=q]").fill(`방에서 ${word}`);
      await sidebar.locator("[name=q]").press("Enter");
      await expect(visitor.page).toHaveURL(/\/search\?q=/);
      await expect(hits(visitor)).toHaveCount(1);
      await expect(hits(visitor).locator("mark").first()).toHaveText("방에서");
      await expect(field(visitor)).toHaveValue(`방에서 ${word}`);
      const link = hits(visitor).getByRole("link", { name: word }).first();
      expect(await link.getAttribute("href")).toMatch(new RegExp(`^/rooms/${room}-.*/messages/${seq}$`));
      await link.click();
      await expect(visitor.page).toHaveURL(new RegExp(`/rooms/${room}-[^/]*/messages/${seq}`));
    });

    test("posts are found too, and older hits are one link away", async ({ alice, visitor }) => {
      const word = unique("").trim();
      const room = await alice.makeRoom({ title: `Kites ${word}`, body: "in the wind" });
      for (let n = 1; n <= 24; n++) await alice.must("post_message", { room, body: `kite ${n}. ${word}` });
      await finds(visitor, `"24. ${word}"`, 1);
      await visitor.open(`/search?q=${encodeURIComponent(`kite ${word}`)}`);
      await expect(hits(visitor)).toHaveCount(20);
      await expect(hits(visitor).first()).toContainText("kite 24.");
      await visitor.follow(visitor.page.locator("main a[rel=next]"));
      await expect(hits(visitor)).toHaveCount(5);
      await expect(hits(visitor).last()).toContainText("in the wind");
      await expect(visitor.page.locator("main a[rel=next]")).toHaveCount(0);
      await visitor.follow(hits(visitor).last().getByRole("link", { name: word }).first());
      await expect(visitor.page).toHaveURL(new RegExp(`/rooms/${room}-[^/]*$`));
    });

    test("what one may not read is not found, and what is edited or deleted is found as it is", async ({ alice, bob }) => {
      const word = unique("").trim();
      const secret = await alice.makeRoom({ title: `Secret ${word}`, visibility: "private" });
      await alice.must("post_message", { room: secret, body: `whisper ${word}` });
      const room = await alice.makeRoom({ title: "Open" });
      const { seq } = await alice.must("post_message", { room, body: `loud ${word}` });
      await finds(alice, word, 3);
      await finds(bob, word, 1);
      await alice.must("edit_message", { room, target: seq, body: `louder and clearer ${word}` });
      await finds(bob, `clearer ${word}`, 1);
      await alice.must("delete_message", { room, target: seq });
      await bob.open(`/search?q=${word}`);
      await expect(hits(bob)).toHaveCount(0);
    });

    test("nothing asked and nothing found are told kindly, in the reader's language", async ({ invite }) => {
      for (const [locale, ask, none] of [["en-US", "What are you looking for?", "Nothing found"], ["ko-KR", "무엇을 찾고 있나요?", "찾은 것이 없어요"]] as const) {
        const reader = await invite("reader", { locale });
        await reader.open("/search");
        await expect(reader.page.getByRole("heading", { name: ask })).toBeVisible();
        await field(reader).fill(unique("없는 말 nothing"));
        await field(reader).press("Enter");
        await expect(reader.page.getByRole("heading", { name: none })).toBeVisible();
        const response = await reader.open("/search?q=a&before=x");
        expect(response?.status()).toBe(400);
        await expect(reader.alert).toBeVisible();
      }
    });
  });
}

test("on a phone the search is one tap away, and nothing scrolls sideways", async ({ alice }) => {
  for (const width of [390, 320]) {
    await alice.page.setViewportSize({ width, height: 700 });
    await alice.open("/");
    await alice.page.locator("nav form[role=search] button").click();
    await expect(alice.page).toHaveURL(/\/search/);
    await alice.live();
    await expect(field(alice)).toBeInViewport();
    expect(await alice.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
});
