// A reconnect leaves no gap: whatever was missed is there, once and in order, with everything that changed meanwhile.

import { expect, test, unique, type Person } from "../support/person.ts";
import { Server } from "../support/server.mjs";
import { faulty, losing } from "../support/wire.ts";

const MANY = Array.from({ length: 130 }, (_, n) => `missed ${n + 1}.`);

/** The whole log of a room, by way of the API. */
async function log(person: Person, room: string) {
  const messages: { seq: number; body: string; deleted?: boolean }[] = [];
  for (let after = 0; ; after = messages.at(-1)!.seq) {
    const page = await person.must("history", { room, after, limit: 100 });
    messages.push(...page.messages);
    if (!page.more) return messages;
  }
}

/** Says much, quickly; in order only if one at a time. */
async function flood(person: Person, room: string, bodies: string[], atOnce = 1) {
  const rest = bodies.values();
  const speak = async () => {
    for (const body of rest) await person.must("post_message", { room, body });
  };
  await Promise.all(Array.from({ length: atOnce }, speak));
}

/** Everything that happens while somebody is away. */
async function happen(person: Person, room: string) {
  await flood(person, room, MANY);
  for (const target of [1, 2]) await person.must("edit_message", { room, target, body: `edited ${target}.` });
  for (const target of [3, 4]) await person.must("delete_message", { room, target });
  await person.must("react", { room, target: 5, emoji: "👍", on: true });
}

async function hasCaughtUp(person: Person, room: string) {
  await person.sees("missed 130.");
  await expect(person.log.locator("article[data-seq='5'] .reaction")).toHaveText(["👍1"]);
  const all = await log(person, room);
  const texts = all.map((message) => (message.deleted ? "This message was deleted." : message.body));
  expect(await person.conversation()).toEqual(all.map((message, n) => ({ seq: String(message.seq), text: texts[n] })));
  expect(texts.slice(-130)).toEqual(MANY);
  await expect(person.log.locator("article[data-deleted]")).toHaveCount(2);
  await expect(person.log.locator("time.edited")).toHaveCount(2);
}

async function roomOfTen(person: Person): Promise<string> {
  const room = await person.makeRoom({ title: unique("Away") });
  await flood(person, room, Array.from({ length: 10 }, (_, n) => `before ${n + 1}.`));
  return room;
}

test("after a while without a network, everything that was missed is there", async ({ alice, bob }) => {
  const room = await roomOfTen(alice);
  await bob.enter(room);
  await bob.connectionIs("online");
  const line = bob.page.getByTestId("connection");
  await bob.context.setOffline(true);
  await bob.connectionIs("connecting");
  await expect(line, "a short cut is nobody's business").toBeHidden();
  await happen(alice, room);
  await bob.connectionIs("offline");
  await expect(line).toBeVisible();
  await expect(line).toContainText("What you send will wait");
  await bob.context.setOffline(false);
  await hasCaughtUp(bob, room);
  await expect(line).toBeHidden();
});

test("after the server was killed and restarted, everything that was missed is there", async ({ invite }) => {
  const server = await new Server().start();
  try {
    const alice = await (await invite("alice", { at: server.url })).arrive();
    const bob = await (await invite("밥", { at: server.url })).arrive();
    const room = await roomOfTen(alice);
    await bob.enter(room);
    await bob.connectionIs("online");
    await server.kill();
    await bob.connectionIs("connecting", "offline");
    await server.start();
    await happen(alice, room);
    await hasCaughtUp(bob, room);
  } finally {
    await server.remove();
  }
});

test("a line that loses every third frame loses no message", async ({ alice, bob }) => {
  test.setTimeout(400_000);
  const room = await roomOfTen(alice);
  await faulty(bob.page, { up: losing(3), down: losing(3) });
  await bob.enter(room);
  await bob.sees("before 10.");
  await happen(alice, room);
  for (const text of ["also", "lost", "at times"]) await bob.say(text);
  await expect(bob.message("missed 130.")).toHaveCount(1, { timeout: 90_000 });
  for (const text of ["also", "lost", "at times"]) {
    await expect(bob.message(text)).toHaveAttribute("data-state", "sent", { timeout: 90_000 });
  }
  await expect.poll(async () => (await bob.conversation()).length, { timeout: 90_000 }).toBe(143);
  await expect(bob.log.locator("article[data-seq='5'] .reaction")).toHaveText(["👍1"], { timeout: 90_000 });
  const all = await log(bob, room);
  expect((await bob.conversation()).map((message) => Number(message.seq))).toEqual(all.map((message) => message.seq));
  expect(all.filter((message) => ["also", "lost", "at times"].includes(message.body)).map((message) => message.body)).toEqual(["also", "lost", "at times"]);
  await bob.reload();
  expect((await bob.conversation()).at(-1)?.text).toBe(all.at(-1)?.body);
});

test("a gap is filled by one question, not by a new subscription", async ({ alice, bob }) => {
  const room = await roomOfTen(alice);
  const asked: string[] = [];
  let isLost = true;
  await faulty(bob.page, {
    up: (frame, pass) => {
      if (["hello", "sub", "sync"].includes(frame.t)) asked.push(`${frame.t} ${frame.since ?? ""}`.trim());
      pass();
    },
    down: (frame, pass) => {
      if (frame.t !== "ev" || !isLost) pass();
      isLost &&= frame.t !== "ev" || frame.seq !== 13;
    },
  });
  await bob.enter(room);
  await bob.connectionIs("online");
  await flood(alice, room, ["eleven", "twelve", "thirteen", "fourteen"]);
  for (const text of ["eleven", "twelve", "thirteen", "fourteen"]) await bob.sees(text);
  expect(asked).toEqual(["hello", "sync 10"]);
});

test("a gap of more than one answer is asked for in turn", async ({ alice, bob }) => {
  test.setTimeout(400_000);
  const room = await roomOfTen(alice);
  const asked: string[] = [];
  let isDeaf = true;
  const line = await faulty(bob.page, {
    up: (frame, pass) => {
      asked.push(`${frame.t} ${frame.since ?? ""}`.trim());
      pass();
    },
    down: (frame, pass) => (frame.t === "ev" && isDeaf) || pass(),
  });
  await bob.enter(room);
  await bob.connectionIs("online");
  await flood(alice, room, Array.from({ length: 1_100 }, (_, n) => `unheard ${n + 1}.`), 8);
  isDeaf = false;
  line.say({ t: "hb", n: 1, now: 1, heads: [[Number(room), 1_110]] });
  await expect.poll(async () => (await bob.conversation()).at(-1)?.text).toBe((await log(alice, room)).at(-1)?.body);
  expect(asked.filter((frame) => frame.startsWith("s"))).toEqual(["sync 10", "sync 510", "sync 1010"]);
  const seqs = (await bob.conversation()).map((message) => Number(message.seq));
  expect(seqs).toEqual(seqs.map((_, n) => seqs[0] + n));
});

test("a tab that was hidden while its line died takes another as soon as it is looked at", async ({ alice, bob }) => {
  // The clock stands still once the tab is hidden, so that nothing but the look at it can tell how long that was.
  await bob.page.addInitScript(() => {
    const now = Date.now;
    let [stopped, hidden] = [0, false];
    Date.now = () => stopped || now();
    Object.defineProperty(document, "visibilityState", { get: () => (hidden ? "hidden" : "visible") });
    Object.assign(window, {
      look: (away: boolean, later: number) => {
        [stopped, hidden] = [Date.now() + later, away];
        document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
      },
    });
  });
  type Looked = { look(away: boolean, later: number): void };
  const look = (away: boolean, later: number) =>
    bob.page.evaluate(([away, later]) => (window as unknown as Looked).look(away, later), [away, later] as const);
  const room = await roomOfTen(alice);
  let isDead = false;
  const line = await faulty(bob.page, { up: (_, pass) => isDead || pass(), down: (_, pass) => isDead || pass() });
  await bob.enter(room);
  await bob.connectionIs("online");
  await look(true, 0);
  isDead = true;
  await happen(alice, room);
  expect(line.connections).toBe(1);
  isDead = false;
  // Silent for longer than a heartbeat, and not yet for so long that the page would notice by itself.
  await look(false, 33_000);
  await hasCaughtUp(bob, room);
  expect(line.connections).toBe(2);
});

test("after three thousand messages the latest page is there, and the way back is whole", async ({ alice, bob }) => {
  test.setTimeout(400_000);
  const room = await roomOfTen(alice);
  await bob.enter(room);
  await bob.connectionIs("online");
  await bob.context.setOffline(true);
  await flood(alice, room, Array.from({ length: 3_000 }, (_, n) => `unheard ${n + 1}.`), 16);
  await bob.context.setOffline(false);
  await expect(bob.log.locator("article[data-seq='3010']")).toHaveCount(1);
  const seqs = async () => (await bob.conversation()).map((message) => Number(message.seq));
  const from = (last: number, length: number) => Array.from({ length }, (_, n) => last - length + 1 + n);
  const shown = await seqs();
  expect(shown).toEqual(from(3_010, shown.length));
  await alice.must("post_message", { room, body: "and on" });
  await bob.sees("and on");
  for (let page = 0; page < 3; page++) {
    const [first] = await seqs();
    await bob.page.locator('a[href*="before="]').first().click();
    await expect.poll(async () => (await seqs())[0]).toBeLessThan(first);
    // Scrolling to the link may bring a page, too: then the window has let go of its end.
    const now = await seqs();
    expect(now).toEqual(from(now.at(-1)!, now.length));
  }
});

test("a page that is loaded while much is said has no gap and no double", async ({ alice, bob }) => {
  test.setTimeout(400_000);
  const room = await roomOfTen(alice);
  let flows = true;
  const flow = async () => {
    for (let n = 0; flows; n++) {
      await Promise.all([alice.must("post_message", { room, body: `flowing ${n}` }), new Promise((done) => setTimeout(done, 40))]);
    }
  };
  const flowing = Array.from({ length: 8 }, flow);
  const seqs = async () => (await bob.conversation()).map((message) => Number(message.seq));
  for (let load = 0; load < 30; load++) {
    await bob.enter(room);
    const first = await seqs();
    // Long enough for what came between the page and the socket.
    await expect.poll(async () => (await seqs()).length).toBeGreaterThan(first.length + 20);
    const now = await seqs();
    expect(now, `load ${load}`).toEqual(now.map((_, n) => now[0] + n));
  }
  flows = false;
  await Promise.all(flowing);
  const last = (await log(alice, room)).at(-1)!.seq;
  await expect(bob.log.locator(`article[data-seq="${last}"]`)).toHaveCount(1);
  const shown = await bob.conversation();
  const stored = (await log(alice, room)).filter((message) => message.seq >= Number(shown[0].seq));
  expect(shown).toEqual(stored.map(({ seq, body }) => ({ seq: String(seq), text: body })));
});
