// A link to a message is a page: it opens at the message, in the middle of what was said around it.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test, unique, type Person } from "../support/person.ts";

const TEXTS = {
  en: { deleted: "This message was deleted.", latest: "Go to the latest messages" },
  ko: { deleted: "삭제된 메시지예요.", latest: "최신 메시지로 가기" },
};

async function texts(person: Person) {
  return TEXTS[(await person.page.locator("html").getAttribute("lang")) as keyof typeof TEXTS];
}

async function roomOfMany(person: Person): Promise<string> {
  const room = await person.makeRoom({ title: unique("A long talk"), body: "본문\n\n".repeat(10) });
  for (let n = 1; n <= 90; n++) await person.must("post_message", { room, body: `said ${n}.` });
  return room;
}

/** How far the middle of a message is from that of the window, as a share of its height. */
function offCentre(person: Person, seq: number): Promise<number> {
  return person.page.locator(`#m${seq}`).evaluate((message) => {
    const { top, height } = message.getBoundingClientRect();
    return Math.abs((top + height / 2) / window.innerHeight - 0.5);
  });
}

async function isAt(person: Person, seq: number) {
  const message = person.page.locator(`#m${seq}`);
  await expect(message).toHaveAttribute("aria-current", "true");
  await expect(person.log.locator("[aria-current]")).toHaveCount(1);
  await expect.poll(() => offCentre(person, seq)).toBeLessThan(0.25);
  await expect(message).toBeFocused();
  const latest = person.page.getByTestId("latest");
  await expect(latest).toHaveText((await texts(person)).latest);
  await expect(latest).toBeInViewport({ ratio: 1 });
}

/** The same where the conversation is too short to put a message in the middle. */
async function isInView(person: Person, seq: number) {
  await expect(person.page.locator(`#m${seq}`)).toHaveAttribute("aria-current", "true");
  await expect(person.page.locator(`#m${seq}`)).toBeInViewport();
}

test("a link opens at its message, marked for a moment, and nothing is read by that", async ({ alice, bob, visitor }) => {
  const room = await roomOfMany(alice);
  const frames: string[] = [];
  bob.page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => frames.push(JSON.parse(String(payload)).t)));
  for (const person of [bob, visitor]) {
    expect((await person.open(`/rooms/${room}/messages/40`))?.status()).toBe(200);
    await isAt(person, 40);
    await expect(person.page).toHaveTitle(/^said 40\. · A long talk/);
    const seqs = (await person.conversation()).map((message) => Number(message.seq));
    expect(seqs).toEqual(seqs.map((_, n) => seqs[0] + n));
    for (const seq of [15, 64]) expect(seqs).toContain(seq);
    const background = () => person.page.locator("#m40").evaluate((message) => getComputedStyle(message).backgroundColor);
    expect(await person.page.locator("#m40").evaluate((message) => getComputedStyle(message).animationDuration)).toBe("2s");
    await expect.poll(background).toBe("rgba(0, 0, 0, 0)");
  }
  expect(frames).not.toContain("read");
});

test("who minds motion sees the mark end at once", async ({ alice, visitor }) => {
  const room = await alice.makeRoom({ title: unique("Still") });
  await alice.must("post_message", { room, body: "only one" });
  await visitor.page.emulateMedia({ reducedMotion: "reduce" });
  await visitor.open(`/rooms/${room}/messages/1`);
  const timing = await visitor.page.locator("#m1").evaluate((message) => getComputedStyle(message).animationTimingFunction);
  expect(timing).toMatch(/^steps?[-(]/);
});

test("the time of a message is its link, and Back leads to where one was", async ({ alice, bob }) => {
  const room = await roomOfMany(alice);
  await bob.enter(room);
  const before = await bob.conversation();
  const time = bob.log.locator("#m60 a.at");
  await expect(time).toHaveAttribute("href", /\/messages\/60$/);
  await bob.page.locator("#m60").hover();
  await bob.follow(time);
  await expect(bob.page).toHaveURL(/\/messages\/60$/);
  await isAt(bob, 60);
  await expect(bob.page.locator("#m60")).toBeFocused();
  // What the server said of the page before is not true of this one.
  for (const link of await bob.page.locator("link[rel=canonical]").all()) await expect(link).toHaveAttribute("href", /\/messages\/60$/);
  await bob.page.goBack();
  await expect(bob.page).toHaveURL(new RegExp(`/rooms/${room}[^/]*$`));
  await expect.poll(() => bob.conversation()).toEqual(before);
  await bob.say("still live");
  await bob.sees("still live");
});

test("a link from the page of one message to that of another leads there", async ({ alice, visitor }) => {
  const room = await roomOfMany(alice);
  await visitor.open(`/rooms/${room}/messages/30`);
  await isAt(visitor, 30);
  await visitor.page.locator("#m33").hover();
  await visitor.follow(visitor.log.locator("#m33 a.at"));
  await isAt(visitor, 33);
  await expect(visitor.page.locator("#m33")).toBeFocused();
});

test("the latest messages are one press away, and what one says there is at the end", async ({ alice, bob }) => {
  const room = await roomOfMany(alice);
  await bob.open(`/rooms/${room}/messages/40`);
  await isAt(bob, 40);
  await bob.follow(bob.page.getByTestId("latest"));
  await expect(bob.page.locator("#m90")).toBeInViewport();
  await bob.open(`/rooms/${room}/messages/40`);
  await bob.say("from afar");
  await expect(bob.page).toHaveURL(new RegExp(`/rooms/${room}[^/]*$`));
  await bob.sees("from afar");
  await expect(bob.message("from afar")).toBeInViewport();
  expect((await bob.conversation()).at(-1)?.text).toBe("from afar");
});

test("what is typed before the page is live stays, and so does the cursor", async ({ alice }) => {
  const room = await roomOfMany(alice);
  let open = () => {};
  const gate = new Promise<void>((done) => (open = done));
  await alice.page.route(/\.wasm$/, async (route) => {
    await gate;
    await route.continue();
  });
  await alice.page.goto(`/rooms/${room}/messages/40`, { waitUntil: "commit" });
  await alice.draft.fill("typed early");
  open();
  await alice.live();
  await expect(alice.draft).toHaveValue("typed early");
  await expect(alice.draft).toBeFocused();
});

test("a day on which nobody spoke says so", async ({ alice, visitor }) => {
  const room = await alice.makeRoom({ title: unique("Quiet") });
  await alice.must("post_message", { room, body: "today" });
  const today = new Date().toISOString().slice(0, 10);
  await visitor.open(`/rooms/${room}/days/2001-02-03`);
  await expect(visitor.page.locator("h1")).toHaveText("2001-02-03 UTC");
  await expect(visitor.log).toHaveCount(0);
  await visitor.page.getByRole("link", { name: today }).click();
  await expect(visitor.message("today")).toBeVisible();
});

test("a deleted message is gone, and its neighbours are a press away", async ({ alice, visitor }) => {
  const room = await alice.makeRoom({ title: unique("Gone") });
  for (const body of ["before it", "the secret", "after it"]) await alice.must("post_message", { room, body });
  await alice.must("delete_message", { room, target: 2 });
  const response = await visitor.open(`/rooms/${room}/messages/2`);
  expect(response?.status()).toBe(410);
  expect(await response?.text()).not.toContain("the secret");
  await expect(visitor.page.locator("h1")).toHaveText((await texts(visitor)).deleted);
  await visitor.follow(visitor.page.locator("a[rel=next]"));
  await isInView(visitor, 3);
  await visitor.open(`/rooms/${room}/messages/2`);
  await visitor.follow(visitor.page.locator("a[rel=prev]"));
  await isInView(visitor, 1);
});

test.describe("without script", () => {
  test.use({ javaScriptEnabled: false });

  test("a link opens at its message, pages both ways, and its form speaks at the end of the room", async ({ alice, visitor }) => {
    const room = await roomOfMany(alice);
    for (const person of [alice, visitor]) {
      expect((await person.open(`/rooms/${room}/messages/40`))?.status()).toBe(200);
      await expect(person.page.locator("#m40")).toHaveAttribute("aria-current", "true");
      await expect(person.page.locator("#m40")).toBeInViewport();
      const older = person.page.locator("a[rel=prev]").first();
      await expect(older).toHaveAttribute("href", /\?before=15$/);
      await person.follow(person.page.locator("a[rel=next]").first());
      expect((await person.conversation())[0].text).toBe("said 65.");
    }
    await alice.open(`/rooms/${room}/messages/40`);
    await alice.say("without any script");
    await expect(alice.page).toHaveURL(new RegExp(`/rooms/${room}[^/]*$`));
    await alice.sees("without any script");

    await visitor.open(`/rooms/${room}/messages/40`);
    await visitor.follow(visitor.page.locator('main a[href^="/login"]').first());
    await visitor.send(visitor.form("login"), { username: alice.name, password: "correct horse battery staple" });
    await expect(visitor.page).toHaveURL(/\/messages\/40$/);
  });

  test("a page that comes in pieces opens at its message all the same", async ({ alice, visitor, baseURL }) => {
    const room = await roomOfMany(alice);
    const html = await (await fetch(`${baseURL}/rooms/${room}/messages/40`)).text();
    const cut = html.indexOf('id="m44"');
    expect(cut).toBeGreaterThan(0);
    // A server that says half of the page, and the rest once the browser has had time to draw that.
    const slow = createServer(async (request, response) => {
      if (request.url !== "/half") {
        const asset = await fetch(`${baseURL}${request.url}`);
        response.writeHead(asset.status, { "Content-Type": asset.headers.get("content-type") ?? "" });
        return void response.end(Buffer.from(await asset.arrayBuffer()));
      }
      response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
      response.write(html.slice(0, cut));
      await new Promise((done) => setTimeout(done, 1_000));
      response.end(html.slice(cut));
    });
    await new Promise<void>((done) => slow.listen(0, "127.0.0.1", done));
    await visitor.page.goto(`http://127.0.0.1:${(slow.address() as AddressInfo).port}/half`);
    await expect(visitor.page.locator("#m40")).toBeInViewport();
    slow.close();
  });
});

test("what a link unfolds into has a picture", async ({ alice }) => {
  const room = await alice.makeRoom({ title: unique("Unfolds") });
  await alice.open(`/rooms/${room}`);
  const picture = await alice.page.locator('meta[property="og:image"]').getAttribute("content");
  const answer = await alice.context.request.get(new URL(picture!).pathname);
  expect([answer.status(), answer.headers()["content-type"]]).toEqual([200, "image/png"]);
});

test("what somebody keeps from search engines is not in the page that those read, and is read by people", async ({ alice, bob, visitor }) => {
  const room = await alice.makeRoom({ title: unique("Listed"), body: "본문", visibility: "public", indexed: true });
  await bob.must("update_privacy", { may_be_listed: false });
  await alice.must("post_message", { room, body: "for everybody" });
  await bob.must("post_message", { room, body: "for **zebras** only" });
  await alice.must("post_message", { room, body: "an answer", reply_to: 2 });
  const read = await (await visitor.context.request.get(`/rooms/${room}`)).text();
  expect(read).toContain("for everybody");
  expect(read).not.toContain("zebras");
  await visitor.enter(room);
  await expect(visitor.page.locator("#m2 strong")).toHaveText("zebras");
  await expect(visitor.page.locator("#m3 .quote")).toContainText("for zebras only");
  // Somebody who has the setting reads as before.
  await bob.enter(room);
  await bob.sees("for zebras only");
});
