// Reading a conversation: nothing moves under the reader, and they land where they left off.

import { expect, test, unique, type Person } from "../support/person.ts";
import { flood, pill, roomOf, scroll, toEnd } from "../support/long_room.ts";
import { faulty, Gate, sent } from "../support/wire.ts";

const TEXTS = {
  en: { latest: "Go to the latest messages", fresh: (n: number) => `${n} new` },
  ko: { latest: "최신 메시지로 가기", fresh: (n: number) => `새 메시지 ${n}개` },
};

async function texts(person: Person) {
  return TEXTS[(await person.page.locator("html").getAttribute("lang")) as keyof typeof TEXTS];
}

type Place = { seq: number; top: number };

/** The first and the last message that are whole on the screen. */
function inSight(person: Person): Promise<[Place, Place]> {
  return person.log.evaluate((log) => {
    const { top, bottom } = log.getBoundingClientRect();
    const whole = [...log.querySelectorAll("article[data-seq]")]
      .map((article) => ({ seq: Number(article.getAttribute("data-seq")), rect: article.getBoundingClientRect() }))
      .filter(({ rect }) => rect.top >= top - 1 && rect.bottom <= bottom + 1);
    const place = (at: number) => ({ seq: whole.at(at)!.seq, top: whole.at(at)!.rect.top });
    return [place(0), place(-1)] as [{ seq: number; top: number }, { seq: number; top: number }];
  });
}

async function hasNotMoved(person: Person, { seq, top }: Place, why: string) {
  const now = await person.log.locator(`article[data-seq="${seq}"]`).evaluate((article) => article.getBoundingClientRect().top);
  expect(Math.abs(now - top), `${why}: message ${seq} moved from ${top} to ${now}`).toBeLessThanOrEqual(1);
}

const line = (person: Person) => person.page.getByTestId("unread-line");
const seqs = async (person: Person) => (await person.conversation()).map((message) => Number(message.seq));
const unreadIn = async (person: Person, room: string): Promise<number> =>
  (await person.must("my_rooms")).find((mine: { id: number }) => mine.id === Number(room)).count;

test("older pages come without a jump, one at a time, and the page stays small", async ({ alice, bob }) => {
  test.setTimeout(180_000);
  const room = await roomOf(alice, 700);
  const asked: string[] = [];
  let [underWay, most] = [0, 0];
  let open = () => {};
  let gate = Promise.resolve();
  const close = () => (gate = new Promise((done) => (open = done)));
  await bob.page.route("**/api/history", async (route) => {
    asked.push(route.request().postData() ?? "");
    most = Math.max(most, ++underWay);
    await gate;
    await route.continue();
    underWay--;
  });
  await bob.enter(room);
  await bob.connectionIs("online");
  // A browser lays out anew what is taken out and put back.
  await bob.log.evaluate((log) => {
    const put = { back: 0 };
    const look = (changes: MutationRecord[]) => {
      put.back += changes.flatMap((change) => [...change.removedNodes]).filter((node) => node.isConnected).length;
    };
    new MutationObserver(look).observe(log.firstElementChild!, { childList: true });
    Object.assign(window, { put });
  });
  const before = () => asked.filter((body) => body.includes("before=")).length;
  for (let page = 1; page <= 16; page++) {
    close();
    for (let n = 0; before() < page && n < 60; n++) await scroll(bob, -400);
    expect(before(), "a page is asked for by scrolling").toBe(page);
    const [first] = await inSight(bob);
    const oldest = (await seqs(bob))[0];
    open();
    await expect.poll(async () => (await seqs(bob))[0]).toBeLessThan(oldest);
    await hasNotMoved(bob, first, `page ${page}`);
    await bob.page.waitForTimeout(200);
    expect(before(), "no page asks for the next one").toBe(page);
    const all = await seqs(bob);
    expect(all).toEqual(all.map((_, n) => all[0] + n));
    expect(all.length).toBeLessThanOrEqual(320);
  }
  expect(most, "one at a time").toBe(1);
  expect(await bob.page.evaluate(() => (window as unknown as { put: { back: number } }).put.back), "put back").toBe(0);
  // Down again: what was let go of is read again, in order.
  for (let n = 0; (await seqs(bob)).at(-1) !== 700 && n < 200; n++) await scroll(bob, 700);
  const all = await seqs(bob);
  expect(all).toEqual(all.map((_, n) => all[0] + n));
  expect(all.at(-1)).toBe(700);
  // At the very beginning stands the post, and nothing more is asked for.
  await bob.open(`/rooms/${room}?before=20`);
  await scroll(bob, -100_000);
  await expect(bob.page.locator("section.post")).toBeInViewport();
});

test("a page that pushes out others moves nothing, and the next one comes", async ({ alice, bob }) => {
  test.setTimeout(120_000);
  const room = await alice.makeRoom({ title: unique("Even") });
  for (let n = 1; n <= 460; n++) await alice.must("post_message", { room, body: `line ${n}.` });
  await bob.page.route("**/api/history", async (route) => {
    await new Promise((done) => setTimeout(done, 300));
    await route.continue();
  });
  await bob.enter(room);
  await bob.connectionIs("online");
  for (let oldest = (await seqs(bob))[0]; oldest > 1; oldest = (await seqs(bob))[0]) {
    // To the very top, as whoever scrolls faster than pages come.
    await scroll(bob, -100_000);
    const [first] = await inSight(bob);
    await expect.poll(async () => (await seqs(bob))[0], `above ${oldest}`).toBeLessThan(oldest);
    await hasNotMoved(bob, first, `what is before ${oldest} came`);
  }
});

test("at the end one follows; above it nothing moves, and what was missed is counted", async ({ alice, bob }) => {
  const room = await roomOf(alice, 80);
  await bob.enter(room);
  await bob.connectionIs("online");
  const { latest, fresh } = await texts(bob);
  await scroll(bob, -60);
  for (const text of ["one", "two", "three"]) {
    await alice.must("post_message", { room, body: `followed ${text}.` });
    await bob.sees(`followed ${text}.`);
    await expect(bob.message(`followed ${text}.`)).toBeInViewport({ ratio: 1 });
  }
  await expect(pill(bob)).toBeHidden();
  await scroll(bob, -900);
  await expect(pill(bob)).toHaveText(latest);
  const [first, last] = await inSight(bob);
  const unseen: number[] = [];
  for (let n = 1; n <= 20; n++) unseen.push((await alice.must("post_message", { room, body: `unseen ${n}.` })).seq);
  await expect(pill(bob)).toHaveText(fresh(20));
  for (const place of [first, last]) await hasNotMoved(bob, place, "others speak");
  await alice.must("delete_message", { room, target: unseen[6] });
  await expect(pill(bob), "what is deleted again is not missed").toHaveText(fresh(19));
  await pill(bob).click();
  await expect(bob.message("unseen 20.")).toBeInViewport({ ratio: 1 });
  await expect(pill(bob)).toBeHidden();
  await scroll(bob, -900);
  await alice.must("post_message", { room, body: "by hand" });
  await expect(pill(bob)).toHaveText(fresh(1));
  await scroll(bob, 5_000);
  await expect(pill(bob)).toBeHidden();
  // What I say takes me to it.
  await scroll(bob, -900);
  await bob.say("from above");
  await expect(bob.message("from above")).toBeInViewport({ ratio: 1 });
  // The field grows, the last message stays in sight.
  await bob.draft.fill("1\n2\n3\n4\n5\n6");
  await expect(bob.message("from above")).toBeInViewport({ ratio: 1 });
});

test("what changes elsewhere does not move what is read", async ({ alice, bob }) => {
  const room = await roomOf(alice, 100);
  await bob.enter(room);
  await bob.connectionIs("online");
  await scroll(bob, -1_200);
  const [first, last] = await inSight(bob);
  for (const target of [first.seq - 3, last.seq + 3]) {
    await alice.must("edit_message", { room, target, body: "Ten lines now.\n".repeat(10) });
    await expect(bob.message("Ten lines now.").first()).toBeAttached();
    await alice.must("react", { room, target: target - 1, emoji: "👍", on: true });
    await expect(bob.log.locator(`article[data-seq="${target - 1}"] .reaction`)).toBeAttached();
    await alice.must("delete_message", { room, target: target + 1 });
    await expect(bob.log.locator(`article[data-seq="${target + 1}"][data-deleted]`)).toBeAttached();
    await alice.must("post_message", { room, body: "and on" });
    await bob.page.waitForTimeout(100);
    for (const place of [first, last]) await hasNotMoved(bob, place, `changes around ${target}`);
  }
  // The same at the very top.
  const atTop = async () => {
    await scroll(bob, -100_000);
    return (await seqs(bob))[0];
  };
  await expect.poll(atTop).toBe(1);
  await scroll(bob, -100_000);
  const [top] = await inSight(bob);
  await alice.must("edit_message", { room, target: top.seq + 2, body: "Ten lines now.\n".repeat(10) });
  await bob.page.waitForTimeout(300);
  await hasNotMoved(bob, top, "at the top");
});

test("one lands where one left off, and the line stays", async ({ alice, bob }) => {
  const room = await roomOf(alice, 30);
  await bob.must("join_room", { room });
  await flood(alice, room, 31, 90);
  // By a link, and after another page with something to find: the first of them a browser finds by itself.
  const other = await roomOf(alice, 1);
  await bob.open(`/rooms/${other}/messages/1`);
  await bob.page.locator(`.mine [data-room="${room}"] a`).click();
  await expect(bob.log).toHaveAttribute("data-room", room);
  const { latest } = await texts(bob);
  await expect(line(bob)).toBeInViewport();
  const placed = await line(bob).evaluate((line) => Number(line.nextElementSibling?.getAttribute("data-seq")));
  expect(placed).toBe(31);
  for (const text of ["message 29.", "message 30.", "message 31."]) await expect(bob.message(text).first()).toBeInViewport();
  await expect(pill(bob)).toHaveText(latest);
  // Reading to the end clears the badge; the line stays, also when more comes and when I speak.
  for (let n = 0; (await seqs(bob)).at(-1) !== 90 || (await toEnd(bob)) > 5; n++) {
    expect(n).toBeLessThan(60);
    await scroll(bob, 500);
  }
  await expect.poll(() => unreadIn(bob, room)).toBe(0);
  await expect(line(bob)).toHaveCount(1);
  await bob.say("I have read it");
  await bob.sees("I have read it");
  await alice.must("post_message", { room, body: "good" });
  await bob.sees("good");
  await expect(line(bob)).toHaveCount(1);
  await expect.poll(() => unreadIn(bob, room)).toBe(0);
  // Left and back: no line; with something new, above that.
  await bob.open("/");
  await bob.enter(room);
  await expect(line(bob)).toHaveCount(0);
  expect(await toEnd(bob)).toBeLessThanOrEqual(1);
  await bob.open("/");
  await alice.must("post_message", { room, body: "something new" });
  await bob.enter(room);
  await expect(line(bob)).toHaveCount(1);
  expect(await line(bob).evaluate((line) => line.nextElementSibling?.textContent)).toContain("something new");
});

test("what comes while nobody looks gets the line", async ({ alice, bob }) => {
  const room = await roomOf(alice, 5);
  await bob.must("join_room", { room });
  await bob.page.addInitScript(() => {
    let focused = true;
    document.hasFocus = () => focused;
    Object.assign(window, { look: (now: boolean) => ((focused = now), window.dispatchEvent(new Event(now ? "focus" : "blur"))) });
  });
  await bob.enter(room);
  await bob.connectionIs("online");
  const look = (now: boolean) => bob.page.evaluate((now) => (window as unknown as { look(now: boolean): void }).look(now), now);
  const count = async () => (await bob.must("my_rooms")).find((mine: { id: number }) => mine.id === Number(room)).count;
  await expect(line(bob)).toHaveCount(0);
  await look(false);
  for (const body of ["first unseen", "second unseen"]) await alice.must("post_message", { room, body });
  await bob.sees("second unseen");
  expect(await line(bob).evaluate((line) => line.nextElementSibling?.textContent)).toContain("first unseen");
  await expect.poll(count).toBe(2);
  await look(true);
  await expect.poll(count).toBe(0);
  await expect(line(bob)).toHaveCount(1);
});

test("a link to a message reads nothing", async ({ alice, bob }) => {
  const room = await roomOf(alice, 60);
  await bob.must("join_room", { room });
  await flood(alice, room, 61, 70);
  await bob.open(`/rooms/${room}/messages/65`);
  await bob.page.waitForTimeout(1_000);
  expect(await unreadIn(bob, room)).toBe(10);
});

test("marked unread elsewhere, it is so here", async ({ alice, bob }) => {
  const room = await roomOf(alice, 10);
  await bob.must("join_room", { room });
  await bob.enter(room);
  await bob.connectionIs("online");
  await expect(line(bob)).toHaveCount(0);
  await bob.page.waitForTimeout(1_000);
  await bob.must("mark_unread", { room, seq: 9 });
  await expect(line(bob)).toHaveCount(1);
  expect(await line(bob).evaluate((line) => Number(line.nextElementSibling?.getAttribute("data-seq")))).toBe(9);
  await alice.must("post_message", { room, body: "said later" });
  await bob.sees("said later");
  await bob.page.waitForTimeout(600);
  expect(await unreadIn(bob, room)).toBe(3);
  await bob.open("/");
  await bob.enter(room);
  await expect.poll(() => unreadIn(bob, room)).toBe(0);
});

test("who flies through what is unread says so a few times, not for every message", async ({ alice, bob }) => {
  const room = await roomOf(alice, 10);
  await bob.must("join_room", { room });
  await flood(alice, room, 11, 110);
  const reads = sent(bob.page, "read");
  await bob.enter(room);
  await bob.connectionIs("online");
  await expect(line(bob)).toBeInViewport();
  const begun = Date.now();
  for (let n = 0; (await toEnd(bob)) > 5; n++) {
    expect(n).toBeLessThan(200);
    await bob.log.evaluate((log) => log.scrollBy(0, 120));
    await bob.page.waitForTimeout(16);
  }
  await expect.poll(() => unreadIn(bob, room)).toBe(0);
  // The server takes four frames a second; this is one of those who want to say something.
  expect(reads.length).toBeLessThanOrEqual((Date.now() - begun) / 500 + 2);
});

test("what was seen before there was a line is told once there is one", async ({ alice, bob }) => {
  const room = await roomOf(alice, 5);
  await bob.must("join_room", { room });
  await flood(alice, room, 6, 8);
  const gate = new Gate();
  await faulty(bob.page, { down: (_, pass) => gate.hold(pass) });
  await bob.enter(room);
  await expect(line(bob)).toBeInViewport();
  // Long enough to have been seen.
  await bob.page.waitForTimeout(1_000);
  expect(await unreadIn(bob, room)).toBe(3);
  gate.open();
  await bob.connectionIs("online");
  await expect.poll(() => unreadIn(bob, room)).toBe(0);
});

test("what was marked unread is read by going there and back", async ({ alice, bob }) => {
  const room = await roomOf(alice, 60);
  await bob.must("join_room", { room });
  await bob.enter(room);
  await bob.connectionIs("online");
  await bob.must("mark_unread", { room, seq: 58 });
  await expect(line(bob)).toHaveCount(1);
  expect(await unreadIn(bob, room)).toBe(3);
  for (let n = 0; n < 3; n++) await scroll(bob, -400);
  expect(await unreadIn(bob, room)).toBe(3);
  for (let n = 0; n < 4; n++) await scroll(bob, 400);
  await expect.poll(() => unreadIn(bob, room)).toBe(0);
});

test("a reload and the way back lead to the same message", async ({ alice, bob }) => {
  const room = await roomOf(alice, 200);
  await bob.enter(room);
  await bob.connectionIs("online");
  for (let n = 0; n < 12; n++) await scroll(bob, -500);
  await bob.page.waitForTimeout(500);
  const [first] = await inSight(bob);
  await bob.reload();
  await expect(bob.log.locator(`article[data-seq="${first.seq}"]`)).toBeInViewport();
  await bob.page.waitForTimeout(300);
  await hasNotMoved(bob, first, "reload");
  await bob.page.locator(".brand").or(bob.page.locator(".head-back")).filter({ visible: true }).first().click();
  await expect(bob.page).toHaveURL(/\/$/);
  await bob.page.goBack();
  await expect(bob.log.locator(`article[data-seq="${first.seq}"]`)).toBeInViewport();
  await bob.page.waitForTimeout(300);
  await hasNotMoved(bob, first, "back");
});

test("the way back leads to where one left, however soon that was after scrolling", async ({ alice, bob }) => {
  const room = await roomOf(alice, 120);
  await bob.enter(room);
  await bob.connectionIs("online");
  for (let n = 0; n < 4; n++) await scroll(bob, -500);
  await expect.poll(() => bob.page.evaluate(() => typeof history.state), "a place is noted").toBe("string");
  const home = bob.page.locator(".brand").or(bob.page.locator(".head-back")).filter({ visible: true }).first();
  // Without a pause between the wheel and the click.
  const first = await home.evaluate(async (link) => {
    const log = document.querySelector("[role=log]")!;
    await new Promise((done) => {
      log.addEventListener("scroll", () => requestAnimationFrame(done), { once: true });
      log.scrollBy(0, 700);
    });
    const { top } = log.getBoundingClientRect();
    const whole = [...log.querySelectorAll("article[data-seq]")].find((row) => row.getBoundingClientRect().top >= top - 1)!;
    const place = { seq: Number(whole.getAttribute("data-seq")), top: whole.getBoundingClientRect().top };
    link.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
    (link as HTMLElement).click();
    return place;
  });
  await expect(bob.page).toHaveURL(/\/$/);
  await bob.page.goBack();
  await expect(bob.log.locator(`article[data-seq="${first.seq}"]`)).toBeInViewport();
  await bob.page.waitForTimeout(300);
  await hasNotMoved(bob, first, "back");
});

test("a gap too long to resume leaves what I read where it is", async ({ alice, bob }) => {
  test.setTimeout(120_000);
  const room = await roomOf(alice, 100);
  await bob.enter(room);
  await bob.connectionIs("online");
  await scroll(bob, -1_200);
  const [first, last] = await inSight(bob);
  await bob.context.setOffline(true);
  await bob.connectionIs("connecting");
  await flood(alice, room, 101, 800);
  await alice.must("edit_message", { room, target: last.seq, body: "Edited meanwhile." });
  await bob.context.setOffline(false);
  await bob.sees("Edited meanwhile.");
  await hasNotMoved(bob, first, "after the gap");
  await pill(bob).click();
  await expect(bob.message("message 800.").first()).toBeInViewport();
  await alice.must("post_message", { room, body: "and on" });
  await bob.sees("and on");
});
