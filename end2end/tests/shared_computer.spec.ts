// One computer, several people: whoever comes next finds nothing of the one before, and nobody speaks in another's name.

import { launch } from "../support/chromium.mjs";
import { expect, test, unique, type Person } from "../support/person.ts";

// Pages are brought back by the way back as they were left, as browsers of people do it.
test.use({ launchOptions: { ...launch, ignoreDefaultArgs: ["--disable-back-forward-cache"] } });

const SECRET = "nobody else reads this";

async function secretRoom(person: Person): Promise<string> {
  const room = await person.makeRoom({ title: unique("Secret"), visibility: "private" });
  await person.must("post_message", { room, body: SECRET });
  return room;
}

const signOut = (person: Person) => person.form("logout").locator("button").first().click();
const keys = (person: Person) => person.page.evaluate(() => Object.keys(localStorage));

test("after signing out nothing is left behind by the way back, or in storage", async ({ alice }) => {
  const room = await secretRoom(alice);
  await alice.enter(room);
  await alice.sees(SECRET);
  await alice.draft.fill("not sent yet");
  await expect.poll(() => keys(alice).then((keys) => keys.some((key) => key.startsWith("draft:")))).toBe(true);
  // What waits for the network is kept, too.
  await alice.context.setOffline(true);
  await alice.say("waits for the network");
  await expect.poll(() => keys(alice).then((keys) => keys.some((key) => key.startsWith("outbox:")))).toBe(true);
  await alice.context.setOffline(false);
  await alice.sees("waits for the network");
  await alice.draft.fill("not sent either");
  await alice.page.evaluate(() => localStorage.setItem("outbox:1:tab:nonce", "{}"));
  await alice.open("/settings");
  await signOut(alice);
  await expect(alice.page).toHaveURL(/\/$/);
  await alice.live();
  expect(await keys(alice)).toEqual([]);
  for (let n = 0; n < 2; n++) {
    await alice.page.goBack().catch(() => null);
    await alice.page.waitForLoadState();
    await expect(alice.page.locator("body")).not.toContainText(SECRET);
    expect(await alice.page.content()).not.toContain(SECRET);
  }
  // The way back may have led out of the site.
  await alice.open("/");
  expect(await keys(alice)).toEqual([]);
});

test("other tabs leave for the sign-in page, and show nothing meanwhile", async ({ alice }) => {
  const room = await secretRoom(alice);
  await alice.open("/");
  const [talk, plain] = [alice.in(await alice.context.newPage()), alice.in(await alice.context.newPage())];
  await talk.enter(room);
  await talk.connectionIs("online");
  await plain.open(`/rooms/${room}/members`);
  await signOut(alice);
  for (const tab of [talk, plain]) {
    await expect(tab.page).toHaveURL(/\/login\?next=/);
    await expect(tab.form("login")).toBeVisible();
  }
  expect(await keys(alice)).toEqual([]);
});

test("signing out that fails leaves everything as it is", async ({ alice }) => {
  const room = await secretRoom(alice);
  await alice.enter(room);
  await alice.draft.fill("not sent yet");
  await expect.poll(() => keys(alice).then((keys) => keys.some((key) => key.startsWith("draft:")))).toBe(true);
  await alice.page.route("**/api/logout", (route) => route.fulfill({ status: 503, body: "{}" }));
  await signOut(alice);
  await alice.page.waitForURL(/\/api\/logout$/);
  await alice.page.unroute("**/api/logout");
  await alice.enter(room);
  await expect(alice.draft).toHaveValue("not sent yet");
});

test("a page of one person becomes that of the other who has signed in, and says so", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Whose") });
  await alice.enter(room);
  await alice.connectionIs("online");
  await alice.draft.fill("alice was about to say");
  await expect.poll(() => keys(alice).then((keys) => keys.some((key) => key.startsWith("draft:")))).toBe(true);
  await alice.must("login", { username: bob.name, password: "correct horse battery staple" });
  await expect(alice.page.locator(".page-note")).toContainText(bob.name);
  await alice.live();
  await expect(alice.page.getByTestId("me")).toContainText(bob.name);
  await expect(alice.draft).toHaveValue("");
  await alice.must("login", { username: alice.name, password: "correct horse battery staple" });
  await alice.enter(room);
  await expect(alice.draft).toHaveValue("alice was about to say");
});
