// Without JavaScript everything is plain links and forms, through the same server functions.

import { expect, test, unique } from "../support/person.ts";

test("one can register, write a post, talk, and sign in again", async ({ invite, visitor }) => {
  const alice = await invite("alice");
  await alice.register();
  await alice.isIn();
  const title = unique("스크립트 없이");
  const room = await alice.write({ title, body: "plain *forms*", category: "tech", tags: "html" });
  await alice.say("posted by a form");
  await alice.sees("posted by a form");
  await expect(alice.page).toHaveURL(new RegExp(`/rooms/${room}\\b`));

  await alice.context.clearCookies();
  await alice.open(`/login?next=/rooms/${room}`);
  await alice.signIn();
  await expect(alice.page).toHaveURL(new RegExp(`/rooms/${room}\\b`));
  await alice.say("and once more");
  await alice.sees("and once more");

  await visitor.open("/");
  await visitor.page.locator(`article[data-room="${room}"]`).getByRole("link", { name: title }).first().click();
  await visitor.sees("posted by a form");
  await visitor.sees("and once more");
});

test("a form that is submitted twice is one message", async ({ alice }) => {
  const room = await alice.makeRoom({ title: unique("Twice") });
  await alice.enter(room);
  const fields = await alice.composer.locator("[name]").evaluateAll((inputs) =>
    Object.fromEntries(inputs.map((input) => [input.getAttribute("name") ?? "", (input as HTMLInputElement).value])),
  );
  expect(fields.nonce).toBeTruthy();
  await alice.must("post_message", { ...fields, body: "only once" });
  expect(await alice.must("post_message", { ...fields, body: "only once" })).toMatchObject({ dup: true });
  await alice.enter(room);
  await alice.sees("only once");
});

test("history pages back and forth by links", async ({ alice, visitor }) => {
  const room = await alice.makeRoom({ title: unique("A long one") });
  for (let n = 1; n <= 120; n++) await alice.must("post_message", { room, body: `message ${n}.` });
  await visitor.enter(room);
  const page = async () => (await visitor.conversation()).map((message) => message.text);
  const latest = await page();
  expect(latest.at(-1)).toBe("message 120.");

  const seen = [...latest];
  const older = visitor.page.locator('a[href*="before="]').first();
  while (seen[0] !== "message 1.") {
    await visitor.follow(older);
    const texts = await page();
    expect(texts.length).toBeGreaterThan(0);
    seen.unshift(...texts);
    expect(seen.length).toBeLessThanOrEqual(120);
  }
  expect(seen).toEqual(Array.from({ length: 120 }, (_, n) => `message ${n + 1}.`));

  await visitor.follow(visitor.page.locator('a[href*="after="]').first());
  expect(await page()).not.toContain("message 1.");
});

test("a post that is refused comes back with its reason and everything typed", async ({ alice }) => {
  await alice.open("/rooms/new");
  const form = alice.form("create_room");
  const typed = { title: "제목 </textarea> & more", body: "본문 </textarea><b>bold</b>\n둘째 줄", category: "music", tags: "a, b, c, d, e, f" };
  const answer = alice.page.waitForResponse((response) => response.request().method() === "POST");
  await alice.send(form, typed);
  expect((await answer).status()).toBe(422);
  await expect(alice.alert).toBeVisible();
  await expect(form.locator("[name=title]")).toHaveValue(typed.title);
  await expect(form.locator("[name=body]")).toHaveValue(typed.body);
  await expect(form.locator("[name=tags]")).toHaveValue(typed.tags);
  await expect(form.locator("[name=tags]")).toHaveAttribute("aria-describedby", /./);

  await alice.send(form, { tags: "a, b" });
  await expect(alice.page).toHaveURL(/\/rooms\/\d+/);
  await expect(alice.page.getByText(typed.title).first()).toBeVisible();
});

test("a message that is refused comes back with its reason and everything typed", async ({ alice }) => {
  const room = await alice.makeRoom({ title: unique("Too long") });
  await alice.enter(room);
  const long = "긴 글 ".repeat(1001);
  await alice.draft.evaluate((area) => area.removeAttribute("maxlength"));
  const answer = alice.page.waitForResponse((response) => response.request().method() === "POST");
  await alice.say(long);
  expect((await answer).status()).toBe(422);
  await expect(alice.alert).toBeVisible();
  await expect(alice.draft).toHaveValue(long);
});

test("a wrong password keeps the name typed, and never the password", async ({ alice, visitor }) => {
  await visitor.open("/login");
  const answer = visitor.page.waitForResponse((response) => response.request().method() === "POST");
  await visitor.signIn({ username: alice.name, password: "not the password" });
  expect((await answer).status()).toBe(401);
  await expect(visitor.alert).toBeVisible();
  await expect(visitor.form("login").locator("[name=username]")).toHaveValue(alice.name);
  await expect(visitor.form("login").locator("[name=password]")).toHaveValue("");
});

test("language and theme are chosen by a form", async ({ visitor }) => {
  await visitor.open("/");
  await visitor.prefer("lang", "ko");
  await expect(visitor.page.locator("html")).toHaveAttribute("lang", "ko");
  await visitor.prefer("theme", "dark");
  await expect(visitor.page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("a message is answered, edited, reacted to and deleted by links and forms", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Plain forms") });
  await bob.must("post_message", { room, body: "what do you **think**?" });
  await alice.enter(room);
  const row = (seq: number) => alice.log.locator(`article[data-seq="${seq}"]`);
  await row(1).hover();
  await row(1).locator("[data-act=reply]").click();
  await expect(alice.page.getByTestId("task")).toContainText("what do you think?");
  await alice.draft.fill("a tpyo");
  await alice.composer.locator("button").last().click();
  await expect(row(2).locator(".quote")).toContainText("what do you think?");

  await row(2).hover();
  await row(2).locator("[data-act=menu]").click();
  await expect(alice.page).toHaveURL(/\/messages\/2\/edit$/);
  await alice.send(alice.form("edit_message"), { body: "가".repeat(4_001) });
  await expect(alice.alert).toBeVisible();
  await expect(alice.form("edit_message").locator("textarea")).toHaveValue("가".repeat(4_001));
  await alice.send(alice.form("edit_message"), { body: "a typo" });
  await expect(alice.page).toHaveURL(/\/messages\/2$/);
  await expect(row(2)).toContainText("a typo");

  await row(2).hover();
  await row(2).locator("[data-act=menu]").click();
  await alice.form("react").locator("button[value='🎉']").click();
  await expect(row(2).locator(".reaction")).toContainText("🎉");
  await row(2).hover();
  await row(2).locator("[data-act=menu]").click();
  await expect(alice.form("react").locator("button[value='🎉']")).toHaveAttribute("aria-pressed", "true");
  await alice.form("delete_message").locator("button").click();
  await expect(alice.page).toHaveURL(new RegExp(`/rooms/${room}`));
  await expect(row(2)).toHaveAttribute("data-deleted", "true");
  // Another's offers what one may do with it.
  await alice.open(`/rooms/${room}/messages/1/edit`);
  await expect(alice.form("edit_message")).toHaveCount(0);
  await expect(alice.form("react").first()).toBeAttached();
});

test("a reply that is refused comes back as a reply", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Refused reply") });
  await bob.must("post_message", { room, body: "a question" });
  await alice.open(`/rooms/${room}?reply_to=1`);
  await alice.draft.fill("가".repeat(4_001));
  await alice.composer.locator("button").last().click();
  await expect(alice.alert).toBeVisible();
  await expect(alice.page.getByTestId("task")).toContainText("a question");
  await expect(alice.composer.locator("input[name=reply_to]")).toHaveValue("1");
});

test("what somebody keeps from search engines is a press away", async ({ alice, bob, visitor }) => {
  const room = await alice.makeRoom({ title: unique("Listed"), visibility: "public", indexed: true });
  await bob.must("update_privacy", { may_be_listed: false });
  await bob.must("post_message", { room, body: "for people only" });
  await visitor.enter(room);
  await expect(visitor.page.getByText("for people only")).toHaveCount(0);
  await visitor.follow(visitor.page.locator("#m1 [data-part=body] a"));
  await visitor.sees("for people only");
  expect(await visitor.page.locator("meta[name=robots]").getAttribute("content")).toBe("noindex");
});
