// The lobby and one's own rooms, as two people see them: live, filtered by links, the same on every device.

import { expect, test, unique, type Person } from "../support/person";

const card = (person: Person, room: string) => person.page.locator(`article[data-room="${room}"]`);
const mine = (person: Person, room: string) => person.page.locator(`.mine [data-room="${room}"]`);
const badge = (person: Person, room: string) => mine(person, room).getByTestId("unread");

test("a room is joined by one press and stands among one's own", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Tea") });
  await bob.enter(room);
  await expect(mine(bob, room)).toHaveCount(0);
  await bob.form("join_room").locator("button").click();
  await expect(mine(bob, room)).toHaveCount(1);
  await expect(bob.page.locator('.head .meta a[href$="/members"]')).toContainText("2");
  await bob.page.locator("details.menu summary").click();
  await bob.form("leave_room").locator("button").click();
  await expect(bob.page).toHaveURL(/\/$/);
  await expect(mine(bob, room)).toHaveCount(0);
});

test("the tab and the installed app say how much is unread", async ({ alice, bob }) => {
  const room = await bob.makeRoom({ title: unique("Elsewhere") });
  await alice.must("join_room", { room });
  await alice.page.addInitScript(() => {
    const badges: number[] = [];
    Object.assign(window, { badges });
    Object.assign(navigator, { setAppBadge: async (count: number) => void badges.push(count) });
  });
  await alice.open("/");
  const title = await alice.page.title();
  const icon = alice.page.locator("link[rel=icon]");
  const app = () => alice.page.evaluate(() => (window as unknown as { badges: number[] }).badges.at(-1));
  for (const body of ["one", "two"]) await bob.must("post_message", { room, body });
  await expect(alice.page).toHaveTitle(`(2) ${title}`);
  await expect(icon).toHaveAttribute("href", /unread/);
  expect(await app()).toBe(2);
  await alice.follow(mine(alice, room).locator("a"));
  await alice.sees("two");
  await expect(alice.page).toHaveTitle(/^Elsewhere/);
  await expect(icon).not.toHaveAttribute("href", /unread/);
  expect(await app()).toBe(0);
});

test("what is unread is the same on all devices, and is read by being seen", async ({ alice, bob, invite }) => {
  const room = await bob.makeRoom({ title: unique("Badge") });
  await alice.must("join_room", { room });
  const phone = await invite("phone");
  await phone.context.addCookies(await alice.context.cookies());
  await Promise.all([alice.open("/settings"), phone.open("/")]);
  await alice.open("/");
  await bob.must("post_message", { room, body: "one" });
  await bob.must("post_message", { room, body: `@${alice.name} two` });
  for (const device of [alice, phone]) {
    await expect(badge(device, room)).toHaveAttribute("data-count", "2");
    await expect(badge(device, room)).toHaveAttribute("data-mentions", "1");
  }
  await alice.follow(mine(alice, room).locator("a"));
  await alice.sees("two");
  for (const device of [alice, phone]) await expect(badge(device, room)).toHaveCount(0);
  // Nothing is read by a page that nobody looks at.
  await phone.page.bringToFront();
  await alice.open("/");
  await bob.must("post_message", { room, body: "three" });
  await expect(badge(alice, room)).toHaveAttribute("data-count", "1");
  await alice.reload();
  await expect(badge(alice, room)).toHaveAttribute("data-count", "1");
});

test("cards follow what happens, and the list stays as it is until one asks for more", async ({ alice, visitor }) => {
  const tag = unique("t").replace(" ", "-");
  const [older, newer] = [await alice.makeRoom({ title: "Older", tags: tag }), await alice.makeRoom({ title: "Newer", tags: tag })];
  await visitor.open(`/?tag=${tag}`);
  const order = () => visitor.page.locator("article[data-room]").evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.room));
  expect(await order()).toEqual([newer, older]);
  await alice.must("post_message", { room: older, body: "hello" });
  await expect(card(visitor, older)).toContainText(/1 message|메시지 1개/);
  await expect(visitor.page.getByTestId("news")).toBeVisible();
  expect(await order()).toEqual([newer, older]);
  // It lies over no link that stands above the list.
  const [news, chosen] = [await visitor.page.getByTestId("news").boundingBox(), await visitor.page.locator(".chosen").boundingBox()];
  expect(news!.y).toBeGreaterThanOrEqual(chosen!.y + chosen!.height);
  await visitor.page.getByTestId("news").click();
  await expect.poll(order).toEqual([older, newer]);
});

test("what happens elsewhere is no news for a list that would not show it", async ({ alice, visitor }) => {
  const tag = unique("t").replace(" ", "-");
  const [inside, outside] = [await alice.makeRoom({ title: "Inside", tags: tag }), await alice.makeRoom({ title: "Outside" })];
  await visitor.open(`/?tag=${tag}`);
  await expect(card(visitor, inside)).toBeVisible();
  await alice.must("post_message", { room: outside, body: "hello" });
  await visitor.page.waitForTimeout(2_500);
  await expect(visitor.page.getByTestId("news")).toHaveCount(0);
  await alice.must("post_message", { room: inside, body: "hello" });
  await expect(visitor.page.getByTestId("news")).toBeVisible();
});

test("tags, states and words are chosen and dropped by links, and stand in the address", async ({ alice }) => {
  const [a, b] = [unique("a").replace(" ", "-"), unique("b").replace(" ", "-")];
  const both = await alice.makeRoom({ title: "Both", tags: `${a},${b}` });
  const one = await alice.makeRoom({ title: "One", tags: a });
  await alice.must("update_room", { room: one, state: "resolved" });
  await alice.open(`/?tag=${a}&tag=${b}`);
  await expect(card(alice, both)).toBeVisible();
  await expect(card(alice, one)).toBeVisible();
  await alice.follow(alice.page.locator('.matching a[href*="match=all"]'));
  await expect(alice.page).toHaveURL(/match=all/);
  await expect(card(alice, one)).toHaveCount(0);
  await alice.follow(alice.page.locator(".chosen a.tag", { hasText: `#${b}` }));
  await alice.page.locator("details.states summary").click();
  await alice.follow(alice.page.locator('details.states a[href*="state=resolved"]'));
  await expect(card(alice, one)).toBeVisible();
  await expect(card(alice, both)).toHaveCount(0);
});

test("an owner edits the post and closes the room, and whoever is no member is put out", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: "Before", body: "old" });
  await bob.enter(room);
  await bob.connectionIs("online");
  await alice.open(`/rooms/${room}/settings`);
  const form = alice.form("update_room");
  await expect(form.locator("[name=title]")).toHaveValue("Before");
  await alice.send(form, { title: "After", body: "**new**", visibility: "private" });
  await expect(alice.page.locator(".post")).toContainText(/edited|수정됨/);
  await expect(alice.page.locator(".post strong")).toHaveText("new");
  await expect(bob.alert).toBeVisible();
  expect((await bob.page.goto(`/rooms/${room}`))?.status()).toBe(404);
  // Let in again by the owner, who sees a mistyped name beside its field.
  await alice.open(`/rooms/${room}/members`);
  await alice.send(alice.form("add_member"), { username: "nobody-of-this-name" });
  await expect(alice.alert).toBeVisible();
  await alice.send(alice.form("add_member"), { username: bob.name });
  await expect(alice.page.locator(`[data-user="${bob.name}"]`)).toBeVisible();
  await bob.enter(room);
});

test("a badge is explained: since when, who calls one, and each leads there", async ({ alice, bob }) => {
  const title = unique("Explained");
  const room = await alice.makeRoom({ title });
  await bob.must("join_room", { room });
  await bob.open("/unread");
  await expect(bob.page.locator(".empty")).toBeVisible();
  for (const body of ["the first", `@${bob.name} look`, "the last"]) await alice.must("post_message", { room, body });
  await bob.open("/unread");
  const news = bob.page.getByTestId("news");
  await expect(news).toHaveCount(1);
  await expect(news.locator("h2")).toHaveText(title);
  await expect(news.locator(".meta")).toContainText("3");
  await expect(news.locator("time")).toHaveText(/just now|방금/);
  await bob.follow(news.locator("a.quote"));
  await expect(bob.page.locator("#m2")).toHaveAttribute("aria-current", "true");
  await bob.open("/unread");
  await bob.follow(news.locator(".meta a"));
  await expect(bob.page.locator("#m1")).toHaveAttribute("aria-current", "true");
  // To look at a message by its link is not to read.
  await bob.open("/unread");
  await news.locator("form[action*=mark_read] button").click();
  await expect(bob.page.locator(".empty")).toBeVisible();
});

test("a card says who reads its room, where that is not as it mostly is", async ({ alice }) => {
  const word = unique("누가").replace(" ", "");
  const make = (title: string, visibility: string, indexed: boolean) => alice.makeRoom({ title, visibility, indexed, tags: word });
  const [usual, listed, secret] = [
    await make("Usual", "public", false),
    await make("Listed", "public", true),
    await make("Secret", "private", false),
  ];
  await alice.open(`/?tag=${word}`);
  await expect(card(alice, listed)).toContainText(/Search engines may list it|검색 엔진에 나올 수 있어요/);
  await expect(card(alice, secret)).toContainText(/Only members can read|멤버만/);
  await expect(card(alice, usual)).not.toContainText(/Anyone|누구나/);
});

test("everything is marked as read from where one is, and that can be taken back", async ({ alice, bob, isMobile }) => {
  test.skip(!!isMobile, "a room on a phone shows no other rooms");
  const [one, two] = [await alice.makeRoom({ title: unique("One") }), await alice.makeRoom({ title: unique("Two") })];
  for (const room of [one, two]) await bob.must("join_room", { room });
  await alice.must("post_message", { room: two, body: "news" });
  await bob.enter(one);
  await expect(badge(bob, two)).toHaveAttribute("data-count", "1");
  await bob.form("mark_all_read").locator("button").click();
  await expect(bob.page).toHaveURL(new RegExp(`/rooms/${one}.*[?]read_all=`));
  await bob.live();
  await expect(badge(bob, two)).toHaveCount(0);
  await bob.form("undo_mark_all_read").locator("button").click();
  await expect(bob.page).toHaveURL(new RegExp(`/rooms/${one}[^?]*$`));
  await bob.live();
  await expect(badge(bob, two)).toHaveAttribute("data-count", "1");
});
