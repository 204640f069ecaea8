// Nothing typed is ever lost, and nothing is sent behind its author's back: reloads, crashes, many tabs, refusals.

import { expect, test, unique, type Person } from "../support/person.ts";
import { Server } from "../support/server.mjs";
import { dead, faulty } from "../support/wire.ts";

const FIVE = ["one", "two", "three", "four", "five"].map((n) => `number ${n} of five`);
const outbox = () => Object.keys(localStorage).filter((key) => key.startsWith("outbox:"));
const texts = async (person: Person) => (await person.conversation()).map((message) => message.text);

/** Another tab of the same browser. */
async function tab(person: Person): Promise<Person> {
  return person.in(await person.context.newPage());
}

const ends: Record<string, (person: Person) => Promise<unknown>> = {
  reloaded: (person) => person.page.reload(),
  closed: (person) => person.page.close(),
  crashed: async (person) => {
    const client = await person.context.newCDPSession(person.page);
    await Promise.race([client.send("Page.crash").catch(() => {}), person.page.waitForEvent("crash")]);
  },
};
for (const [end, happens] of Object.entries(ends)) {
  test(`five messages that wait in a tab that is ${end} all arrive once and in order`, async ({ alice, bob }) => {
    const room = await alice.makeRoom({ title: unique("Five") });
    await dead(alice.page);
    await alice.enter(room);
    await bob.enter(room);
    for (const text of FIVE) await alice.say(text);
    await expect(alice.log.locator("article[data-state=pending]")).toHaveCount(5);
    await happens(alice);
    if (end === "reloaded") {
      await alice.live();
      expect(await alice.log.locator("article[data-state=pending] [data-part=body]").allTextContents()).toEqual(FIVE);
      await alice.page.close();
    }
    const again = await tab(alice);
    await again.enter(room);
    await again.say("and six");
    for (const person of [again, bob]) {
      for (const text of [...FIVE, "and six"]) await person.sees(text);
      expect(await texts(person)).toEqual([...FIVE, "and six"]);
    }
    expect(await again.page.evaluate(outbox)).toEqual([]);
  });
}

test("an open tab sends for itself, and for another one as soon as that is closed", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Heirs") });
  await bob.enter(room);
  const open = await tab(alice);
  await open.enter(room);
  await open.connectionIs("online");
  // Opened later, so that the other one has to be told that it has something to send.
  await dead(alice.page);
  await alice.enter(room);
  await alice.say("from a tab without a line");
  await expect(alice.message("from a tab without a line")).toHaveAttribute("data-state", "pending");
  await open.say("from a tab with one");
  await bob.sees("from a tab with one");
  expect(await texts(bob), "not while its own tab is open").toEqual(["from a tab with one"]);
  await alice.page.close();
  await bob.sees("from a tab without a line");
  await open.sees("from a tab without a line");
});

test("where tabs cannot know of each other, a new one sends everything, and all of it is there once", async ({ alice, bob }) => {
  await alice.context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, "locks"));
  const room = await alice.makeRoom({ title: unique("No locks") });
  await bob.enter(room);
  let isOpen = false;
  await faulty(alice.page, { up: (_, pass) => isOpen && pass(), down: (_, pass) => isOpen && pass() });
  await alice.enter(room);
  await alice.say("left behind");
  const other = await tab(alice);
  await other.enter(room);
  await other.sees("left behind");
  await bob.sees("left behind");
  isOpen = true;
  await alice.reload();
  await alice.say("once more");
  for (const person of [alice, bob, other]) await person.sees("once more");
  expect(await texts(bob)).toEqual(["left behind", "once more"]);
});

test("what I say in one of ten tabs is in every one of them, once", async ({ alice }) => {
  test.slow();
  const room = await alice.makeRoom({ title: unique("Ten tabs") });
  const tabs = [alice];
  while (tabs.length < 10) tabs.push(await tab(alice));
  for (const person of tabs) await person.enter(room);
  for (const [n, person] of tabs.entries()) await person.say(`from tab ${n}.`);
  for (const person of tabs) {
    for (const n of tabs.keys()) await person.sees(`from tab ${n}.`);
    expect(await person.conversation()).toEqual(await alice.conversation());
  }
  expect(await alice.page.evaluate(outbox)).toEqual([]);
});

test("a message that has waited for more than ten minutes asks before it is sent", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Yesterday") });
  await dead(alice.page);
  await alice.enter(room);
  await bob.enter(room);
  for (const text of ["old news", "older news"]) await alice.say(text);
  await alice.page.close();
  const later = await tab(alice);
  await later.page.goto("/healthz");
  await later.page.evaluate(() => {
    for (const key of Object.keys(localStorage).filter((key) => key.startsWith("outbox:"))) {
      const entry = JSON.parse(localStorage[key]);
      localStorage[key] = JSON.stringify({ ...entry, created_ms: entry.created_ms - 11 * 60_000 });
    }
  });
  await later.enter(room);
  const waits = later.log.locator("article[data-state=failed]");
  await expect(waits).toHaveCount(2);
  await expect(waits.first()).toContainText("ten minutes");
  await later.say("today");
  await bob.sees("today");
  expect(await texts(bob)).toEqual(["today"]);
  await later.message("old news").getByRole("button", { name: "Retry" }).click();
  await bob.sees("old news");
  await later.sees("old news");
  await later.message("older news").getByRole("button", { name: "Discard" }).click();
  await expect(waits).toHaveCount(0);
  expect(await texts(bob)).toEqual(["today", "old news"]);
});

for (const code of ["muted", "forbidden", "locked", "too_long", "internal"]) {
  test(`a message that is refused as ${code} shows why, and goes when it is tried again`, async ({ alice, bob }) => {
    const room = await alice.makeRoom({ title: unique("Refused") });
    let refuses = true;
    const line = await faulty(alice.page, {
      up: (frame, pass) => {
        const { id, nonce, t } = frame;
        if (t === "send" && refuses) line.say({ t: "err", id, nonce, room: Number(room), code, msg: "Because I say so.", fatal: true });
        else pass();
      },
    });
    await alice.enter(room);
    await bob.enter(room);
    await alice.connectionIs("online");
    await alice.say("may I?");
    const failed = alice.log.locator("article[data-state=failed]");
    await expect(failed).toContainText("Because I say so.");
    await expect(alice.message("may I?")).toHaveCount(1);
    for (const name of ["Retry", "Edit", "Discard"]) await expect(failed.getByRole("button", { name })).toBeVisible();
    refuses = false;
    await alice.say("the next one goes");
    await bob.sees("the next one goes");
    await failed.getByRole("button", { name: "Retry" }).click();
    await bob.sees("may I?");
    await alice.sees("may I?");
    expect(await alice.conversation()).toEqual(await bob.conversation());
  });
}

test("a reply that was stopped is a reply when it is edited, though the page has not what it answers", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Answers") });
  const { seq } = await bob.must("post_message", { room, body: "the question" });
  for (let n = 1; n <= 80; n++) await bob.must("post_message", { room, body: `talk ${n}` });
  let refuses = true;
  const line = await faulty(alice.page, {
    up: (frame, pass) => {
      const { id, nonce, t } = frame;
      if (t === "send" && refuses) line.say({ t: "err", id, nonce, room: Number(room), code: "muted", msg: "Not now.", fatal: true });
      else pass();
    },
  });
  await alice.open(`/rooms/${room}?reply_to=${seq}`);
  await alice.connectionIs("online");
  await alice.say("the answer");
  const failed = alice.log.locator("article[data-state=failed]");
  await expect(failed).toContainText("the question");
  await failed.getByRole("button", { name: "Edit" }).click();
  await expect(alice.draft).toHaveValue("the answer");
  await expect(alice.page.getByTestId("task")).toContainText("the question");
  refuses = false;
  await alice.draft.press("Enter");
  await bob.enter(room);
  await bob.sees("the answer");
  await expect(bob.message("the answer")).toContainText("the question");
});

test("a server that cannot take it now is asked again, in order, and nobody has to press anything", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Busy") });
  let refusals = 2;
  const line = await faulty(alice.page, {
    up: (frame, pass) => {
      const { id, nonce, t } = frame;
      if (t === "send" && refusals-- > 0) line.say({ t: "err", id, nonce, code: "unavailable", msg: "Later.", retry_ms: 200, fatal: false });
      else pass();
    },
  });
  await alice.enter(room);
  await bob.enter(room);
  await alice.connectionIs("online");
  for (const text of FIVE) await alice.say(text);
  for (const text of FIVE) await bob.sees(text);
  expect(await texts(bob)).toEqual(FIVE);
});

test("a long queue goes out no faster than the server takes it", async ({ invite }) => {
  const server = await new Server({ env: { CHAT_RATE_FRAMES: "20/4" } }).start();
  try {
    const alice = await (await invite("alice", { at: server.url })).arrive();
    const room = await alice.makeRoom({ title: unique("Queue") });
    let isDead = true;
    const line = await faulty(alice.page, { up: (_, pass) => isDead || pass(), down: (_, pass) => isDead || pass() });
    await alice.enter(room);
    const many = Array.from({ length: 30 }, (_, n) => `queued ${n + 1}.`);
    for (const text of many) await alice.say(text);
    await expect(alice.log.locator("article[data-state=pending]")).toHaveCount(30);
    isDead = false;
    await alice.reload();
    await expect(alice.log.locator("article[data-state=sent]")).toHaveCount(30, { timeout: 40_000 });
    expect(await texts(alice)).toEqual(many);
    // The dead one and the one after the reload.
    expect(line.connections).toBe(2);
  } finally {
    await server.remove();
  }
});

test("somebody who is put out meanwhile is told, and can still copy what they wrote", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Put out") });
  await alice.must("post_message", { room, body: "members only" });
  await bob.enter(room);
  await bob.say("here I am");
  await bob.sees("here I am");
  await bob.context.setOffline(true);
  await bob.connectionIs("connecting", "offline");
  await bob.say("a long letter");
  await alice.must("remove_member", { room, username: bob.name, ban: true });
  await bob.context.setOffline(false);
  const failed = bob.log.locator("article[data-state=failed]");
  await expect(failed).toContainText("a long letter");
  await expect(failed).toContainText("do not have access");
  await expect(bob.message("members only")).toHaveCount(0);
  await failed.getByRole("button", { name: "Edit" }).click();
  await expect(bob.draft).toHaveValue("a long letter");
});

test("a page whose person has signed out elsewhere says so, and keeps what is written until they are back", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Signed out") });
  await alice.enter(room);
  await bob.enter(room);
  await alice.connectionIs("online");
  const cookies = await alice.context.cookies();
  await alice.context.setOffline(true);
  await alice.connectionIs("connecting", "offline");
  await alice.context.clearCookies();
  await alice.context.setOffline(false);
  await expect(alice.page.getByTestId("connection")).toContainText("no longer signed in");
  await alice.say("not under another name");
  await expect(alice.message("not under another name")).toHaveAttribute("data-state", "pending");
  await bob.say("still here");
  await alice.sees("still here");
  expect(await texts(bob)).toEqual(["still here"]);
  await alice.context.addCookies(cookies);
  await alice.reload();
  await bob.sees("not under another name");
});
