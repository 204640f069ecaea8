// What I say is there at once, and is one message, whatever becomes of the frames that carry it.

import { expect, test, unique, type Person } from "../support/person.ts";
import { faulty, Gate, type Frame } from "../support/wire.ts";

const sending = (person: Person, text: string) => person.message(text).locator(".sending");

/** What the database holds, by way of the API. */
async function history(person: Person, room: string): Promise<string[]> {
  const { messages } = await person.must("history", { room, limit: 100 });
  return messages.map((message: { body: string }) => message.body);
}

test("a slow line keeps nobody waiting: the message stands at the end, and the next can be written", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Slow") });
  const gate = new Gate();
  await faulty(alice.page, { up: (frame, pass) => (frame.t === "send" ? gate.hold(pass) : pass()) });
  await alice.enter(room);
  await bob.enter(room);
  await alice.connectionIs("online");

  await alice.draft.fill("one moment");
  const first = await alice.draft.evaluate(async (field) => {
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter", bubbles: true, cancelable: true }));
    field.dispatchEvent(new KeyboardEvent("keyup", { key: "Enter", code: "Enter", bubbles: true }));
    await new Promise(requestAnimationFrame);
    const rows = document.querySelectorAll("[role=log] article");
    const row = rows[rows.length - 1];
    return {
      state: row.getAttribute("data-state"),
      text: row.querySelector("[data-part=body]")?.textContent,
      mark: getComputedStyle(row.querySelector(".sending")!).visibility,
      field: (field as HTMLTextAreaElement).value,
      focus: document.activeElement === field,
    };
  });
  expect(first).toEqual({ state: "pending", text: "one moment", mark: "hidden", field: "", focus: true });
  await alice.say("and another");
  await expect(alice.message("and another")).toHaveAttribute("data-state", "pending");
  await expect(sending(alice, "one moment")).toBeVisible();
  expect(await alice.conversation()).toEqual([]);

  // Somebody else is quicker.
  await bob.say("I was first");
  await alice.sees("I was first");
  const rows = await alice.log.locator("article").all();
  const elements = await Promise.all(rows.map((row) => row.elementHandle()));
  expect(await alice.log.locator("[data-part=body]").allTextContents()).toEqual(["I was first", "one moment", "and another"]);
  gate.open();
  for (const text of ["one moment", "and another"]) {
    await alice.sees(text);
    await bob.sees(text);
    await expect(sending(alice, text)).toHaveCount(0);
  }
  expect(await alice.conversation()).toEqual(await bob.conversation());
  const kept = await Promise.all(elements.map((element) => element!.evaluate((row) => row.isConnected && row.getAttribute("data-seq"))));
  expect(kept, "the same elements").toEqual((await alice.conversation()).map((message) => message.seq));
});

for (const [first, second] of [["echo", "answer"], ["answer", "echo"]]) {
  test(`one element, where the ${first} comes before the ${second}`, async ({ alice }) => {
    const room = await alice.makeRoom({ title: unique("Order") });
    const gate = new Gate();
    const late = second === "echo" ? "ev" : "ack";
    await faulty(alice.page, { down: (frame, pass) => (frame.t === late ? gate.hold(pass) : pass()) });
    await alice.enter(room);
    await alice.connectionIs("online");
    await alice.say("only me");
    const element = await alice.message("only me").elementHandle();
    await alice.sees("only me");
    gate.open();
    await alice.must("post_message", { room, body: "the end" });
    await alice.sees("the end");
    expect((await alice.conversation()).map((message) => message.text)).toEqual(["only me", "the end"]);
    expect(await element?.evaluate((row) => row.isConnected)).toBe(true);
  });
}

for (const again of ["by the page that a reset asks for", "by a reload"]) {
  test(`one element, confirmed ${again}, where neither answer nor echo comes`, async ({ alice }) => {
    const room = await alice.makeRoom({ title: unique("Confirmed") });
    const isLost = (frame: Frame) => frame.t === "ack" || frame.t === "ev";
    const line = await faulty(alice.page, { down: (frame, pass) => isLost(frame) || pass() });
    await alice.enter(room);
    await alice.connectionIs("online");
    await alice.say("said and stored");
    await expect.poll(() => history(alice, room)).toEqual(["said and stored"]);
    await expect(alice.message("said and stored")).toHaveAttribute("data-state", "pending");
    const nonce = await alice.message("said and stored").getAttribute("data-nonce");
    if (again === "by a reload") await alice.reload();
    else line.say({ t: "reset", room: Number(room), head: 1, reason: "test" });
    await alice.sees("said and stored");
    await expect(alice.message("said and stored")).toHaveAttribute("data-nonce", nonce ?? "");
    await expect.poll(() => alice.page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("outbox:")))).toEqual([]);
  });
}

test("an answer that is lost for long is one message for everybody, sent twice and stored once", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Lost answer") });
  const sent: string[] = [];
  await faulty(alice.page, {
    up: (frame, pass) => {
      if (frame.t === "send") sent.push(frame.nonce ?? "");
      pass();
    },
    // Nothing comes through until the page has tried again.
    down: (frame, pass) => (sent.length === 1 ? undefined : pass()),
  });
  await alice.enter(room);
  await bob.enter(room);
  await alice.connectionIs("online");
  await alice.say("is anybody there?");
  await bob.sees("is anybody there?");
  await expect(alice.message("is anybody there?")).toHaveAttribute("data-state", "pending");
  await alice.sees("is anybody there?");
  expect(sent).toHaveLength(2);
  expect(new Set(sent).size).toBe(1);
  await alice.say("good");
  for (const person of [alice, bob]) await person.sees("good");
  expect(await alice.conversation()).toEqual(await bob.conversation());
  expect(await history(bob, room)).toEqual(["is anybody there?", "good"]);
});
