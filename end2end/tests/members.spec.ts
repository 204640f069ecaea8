// The members' page: letting in, putting out, sharing the work, handing over, and finding somebody.

import { expect, test, unique, type Person } from "../support/person.ts";

const row = (person: Person, of: Person) => person.page.locator(`[data-user="${of.name}"]`);
const give = (person: Person, to: Person, role: string) => row(person, to).locator(`form:has([name=role][value=${role}]) button`);

test("an owner makes a moderator, takes it back, and hands the room over", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Share the work") });
  await bob.must("join_room", { room });
  await alice.open(`/rooms/${room}/members`);
  await expect(row(alice, bob)).toHaveAttribute("data-role", "member");
  await give(alice, bob, "moderator").click();
  await expect(row(alice, bob)).toHaveAttribute("data-role", "moderator");
  expect((await bob.page.goto(`/rooms/${room}/settings`))?.status()).toBe(200);
  await give(alice, bob, "member").click();
  await expect(row(alice, bob)).toHaveAttribute("data-role", "member");
  expect((await bob.page.goto(`/rooms/${room}/settings`))?.status()).toBe(403);

  await row(alice, bob).locator("details:has([name=role][value=owner]) summary").click();
  await give(alice, bob, "owner").click();
  await expect(row(alice, bob)).toHaveAttribute("data-role", "owner");
  await expect(row(alice, alice)).toHaveAttribute("data-role", "moderator");
  await bob.open(`/rooms/${room}/members`);
  await expect(give(bob, alice, "member")).toBeVisible();
});

test("a member is found by a part of the name, and by its first consonants", async ({ alice, bob, mallory }) => {
  const room = await alice.makeRoom({ title: unique("Who is who") });
  for (const person of [bob, mallory]) await person.must("join_room", { room });
  await alice.open(`/rooms/${room}/members`);
  const find = async (q: string) => {
    const field = alice.page.locator("main form[role=search]");
    await field.locator("[name=q]").fill(q);
    await field.locator("button").click();
    await expect(alice.page).toHaveURL(/q=/);
  };
  await find("MALL");
  await expect(row(alice, mallory)).toBeVisible();
  await expect(row(alice, bob)).toHaveCount(0);
  await find("ㅂ");
  await expect(row(alice, bob)).toBeVisible();
  await expect(row(alice, mallory)).toHaveCount(0);
  await find("nobody at all");
  await expect(alice.page.locator(".people li")).toHaveCount(0);
  await alice.page.locator("main .hint a").click();
  await expect(alice.page.locator(".people li")).toHaveCount(3);
});

test("somebody is put out, and banned for good", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Out") });
  await bob.must("join_room", { room });
  await bob.enter(room);
  await bob.connectionIs("online");
  await alice.open(`/rooms/${room}/members`);
  const ban = row(alice, bob).locator("details:has([name=ban][value=true])");
  await expect(ban.getByRole("button")).toBeHidden();
  await ban.locator("summary").click();
  await ban.getByRole("button").click();
  await expect(row(alice, bob)).toHaveCount(0);
  await expect(bob.alert).toBeVisible();
  expect((await bob.page.goto(`/rooms/${room}`))?.status()).toBe(404);
});

const badge = (person: Person, room: string) => person.page.locator(`.mine [data-room="${room}"]`).getByTestId("unread");

test("a room is muted for a time, or until one wants to hear of it again", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Quiet") });
  await bob.must("join_room", { room });
  const menu = bob.page.locator("header.head details.menu");
  const press = async (name: RegExp) => {
    await menu.locator("summary").click();
    await menu.getByRole("button", { name }).click();
    // Until the page has come anew.
    await expect(menu).not.toHaveAttribute("open");
    await bob.live();
    await menu.locator("summary").click();
  };
  const named = async (part: string) => {
    await bob.open("/");
    await alice.must("post_message", { room, body: `@${bob.name}` });
    await expect(badge(bob, room).locator(part)).toHaveCount(1);
    await bob.enter(room);
  };
  await bob.enter(room);
  await press(/^8( h|시간)$/);
  await expect(menu.locator(".menu-muting time")).toHaveText(/\d:\d\d/);
  await named(".quiet-count");
  await press(/^(Unmute|알림 다시 켜기)$/);
  await expect(menu.locator(".menu-muting button")).toHaveCount(3);
  await named(".loud");
});

test("a room that is left on one device leaves the list of another", async ({ alice, bob }) => {
  const [left, kept] = [await alice.makeRoom({ title: unique("Left") }), await alice.makeRoom({ title: unique("Kept") })];
  for (const room of [left, kept]) await bob.must("join_room", { room });
  const other = bob.in(await bob.context.newPage());
  await other.open("/");
  await alice.must("post_message", { room: left, body: "for the count" });
  await expect(badge(other, left)).toHaveText("1");
  const item = (room: string) => other.page.locator(`.mine [data-room="${room}"]`);
  await bob.must("leave_room", { room: left });
  await expect(item(left)).toHaveAttribute("hidden");
  await expect(item(kept)).not.toHaveAttribute("hidden");
  await bob.must("join_room", { room: left });
  await expect(item(left)).not.toHaveAttribute("hidden");
});

test("the room's menu is closed by Escape, and by a press beside it", async ({ alice }) => {
  const room = await alice.makeRoom({ title: unique("메뉴") });
  await alice.enter(room);
  await alice.connectionIs("online");
  const menu = alice.page.locator("header.head details.menu");
  await menu.locator("summary").click();
  await expect(menu).toHaveAttribute("open");
  await alice.page.keyboard.press("Escape");
  await expect(menu).not.toHaveAttribute("open");
  await menu.locator("summary").click();
  await alice.page.getByTestId("composer").locator("textarea").click();
  await expect(menu).not.toHaveAttribute("open");
  await expect(alice.draft).toBeFocused();
});
