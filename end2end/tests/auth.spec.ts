// Accounts at the door: what is refused says why and keeps what was typed, and signing in leads back.

import { expect, test, unique } from "../support/person.ts";

test("a wrong password is refused beside the form, and the name typed stays", async ({ alice, invite }) => {
  const stranger = await invite("stranger");
  await stranger.open("/login");
  const answer = stranger.page.waitForResponse((response) => new URL(response.url()).pathname === "/api/login");
  await stranger.signIn({ username: alice.name, password: "not the password" });
  expect((await answer).status()).toBe(401);
  await expect(stranger.alert).toBeVisible();
  await expect(stranger.form("login").locator("[name=username]")).toHaveValue(alice.name);
});

test("a name that is taken is refused beside its field, in whatever case", async ({ alice, invite }) => {
  const stranger = await invite("stranger");
  const name = alice.name.toUpperCase();
  const answer = stranger.page.waitForResponse((response) => new URL(response.url()).pathname === "/api/register");
  await stranger.register({ username: name });
  expect((await answer).status()).toBe(409);
  const field = stranger.form("register").locator("[name=username]");
  await expect(field).toHaveValue(name);
  const alert = stranger.alert;
  await expect(alert).toBeVisible();
  expect((await field.getAttribute("aria-describedby"))?.split(" ")).toContain(await alert.getAttribute("id"));
});

test("a deep link leads to the login and back to its page", async ({ alice, invite }) => {
  const room = await alice.makeRoom({ title: unique("Deep link") });
  const bob = await (await invite("밥")).arrive();
  await bob.context.clearCookies();

  const door = bob.page.locator('main a[href^="/login?next="]').last();
  await bob.open("/rooms/new");
  await bob.follow(door);
  await bob.signIn();
  await expect(bob.page).toHaveURL(/\/rooms\/new$/);
  await expect(bob.form("create_room")).toBeVisible();

  await bob.context.clearCookies();
  await bob.enter(room);
  await bob.follow(door);
  await bob.signIn();
  await expect(bob.page).toHaveURL(new RegExp(`/rooms/${room}\\b`));
  await expect(bob.draft).toBeVisible();
});

for (const next of ["https://evil.example/", "//evil.example", "/\\evil.example", "/%252F%252Fevil.example", "%252F%252Fevil.example", "javascript:alert(1)"]) {
  test(`after signing in nobody is led to ${next}`, async ({ invite, shared }) => {
    const bob = await (await invite("밥")).arrive();
    await bob.context.clearCookies();
    await bob.open(`/login?next=${encodeURIComponent(next)}`);
    await bob.signIn();
    await bob.isIn();
    expect(new URL(bob.page.url()).origin).toBe(new URL(shared).origin);
    await bob.open("/rooms/new");
    await expect(bob.form("create_room"), "signed in").toBeVisible();
  });
}

test("signing out closes the door behind one", async ({ alice }) => {
  const room = await alice.makeRoom({ title: unique("Goodbye") });
  await alice.enter(room);
  await expect(alice.draft).toBeVisible();
  await alice.must("logout");
  await alice.reload();
  await expect(alice.draft).toHaveCount(0);
  expect((await alice.call("post_message", { room, body: "still here?" })).status()).toBe(401);
});
