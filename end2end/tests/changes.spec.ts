// What becomes of a message: edits, deletions and reactions arrive live, and are the same after a reload.

import { expect, test, unique, type Person } from "../support/person.ts";

/** Everything that the list shows. */
const shown = (person: Person) =>
  person.log.locator("article[data-seq]").evaluateAll((articles) =>
    articles.map((article) => ({
      seq: article.getAttribute("data-seq"),
      deleted: article.hasAttribute("data-deleted"),
      text: article.querySelector("[data-part=body]")?.textContent,
      edited: article.querySelector("time.edited")?.getAttribute("datetime"),
      reactions: [...article.querySelectorAll(".reaction")].map((reaction) => `${reaction.className} ${reaction.textContent}`),
    })),
  );

test("edits, deletions and reactions are seen live by everybody, and by whoever comes later", async ({ alice, bob, visitor }) => {
  const room = await alice.makeRoom({ title: unique("Changes") });
  for (const body of ["first", "second", "third"]) await alice.must("post_message", { room, body });
  for (const person of [alice, bob, visitor]) await person.enter(room);
  for (const person of [alice, bob, visitor]) await person.sees("third");

  await alice.must("edit_message", { room, target: 1, body: "first, **but** better" });
  await alice.must("react", { room, target: 2, emoji: "👍", on: true });
  await bob.must("react", { room, target: 2, emoji: "👍", on: true });
  await bob.must("react", { room, target: 2, emoji: "🎉", on: true });
  await bob.must("react", { room, target: 2, emoji: "🎉", on: false });
  await bob.must("react", { room, target: 2, emoji: "❤️", on: true });
  await alice.must("react", { room, target: 3, emoji: "👍", on: true });
  await alice.must("delete_message", { room, target: 3 });
  await alice.must("post_message", { room, body: "the end" });

  for (const person of [alice, bob, visitor]) {
    await person.sees("the end");
    const first = person.log.locator("article[data-seq='1']");
    await expect(first.locator("strong")).toHaveText("but");
    await expect(first.locator("time.edited")).toHaveText("edited");
    await expect(first.locator("time.edited")).toHaveAttribute("title", /\d{4}/);
    const third = person.log.locator("article[data-seq='3']");
    await expect(third).toHaveAttribute("data-deleted");
    await expect(third.locator("[data-part=body]")).toHaveText("This message was deleted.");
    await expect(third.locator(".reaction")).toHaveCount(0);
    await expect(person.message("third")).toHaveCount(0);
    const second = person.log.locator("article[data-seq='2'] .reaction");
    await expect(second).toHaveText(["❤️1", "👍2"]);
    const mine = await second.evaluateAll((all) => all.map((reaction) => reaction.getAttribute("aria-pressed") === "true"));
    expect(mine).toEqual(person === visitor ? [false, false] : person === bob ? [true, true] : [false, true]);
  }
  for (const person of [alice, bob, visitor]) {
    const live = await shown(person);
    const html = await (await person.page.request.get(`/rooms/${room}`)).text();
    expect(html).not.toContain("third");
    await person.reload();
    expect(await shown(person)).toEqual(live);
  }
});

test("a change keeps the element and what stands around it", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("In place") });
  for (const body of ["one", "two", "three"]) await alice.must("post_message", { room, body });
  await bob.enter(room);
  await bob.sees("three");
  const rows = await Promise.all((await bob.log.locator("article").all()).map((row) => row.elementHandle()));
  await alice.must("edit_message", { room, target: 2, body: "zwei" });
  await bob.sees("zwei");
  await alice.must("delete_message", { room, target: 2 });
  await expect(bob.log.locator("article[data-deleted]")).toHaveCount(1);
  expect(await Promise.all(rows.map((row) => row!.evaluate((row) => row.isConnected && row.getAttribute("data-seq"))))).toEqual(["1", "2", "3"]);
});

test("what is done to the room is said between the messages, live, in one line, and stays", async ({ alice, bob, mallory, visitor }) => {
  const room = await alice.makeRoom({ title: unique("Notices") });
  await bob.must("join_room", { room });
  await alice.must("post_message", { room, body: "before" });
  for (const person of [alice, bob, visitor]) await person.enter(room);
  const notices = (person: Person) => person.page.getByTestId("notice");
  const title = unique("Better");
  await alice.must("update_room", { room, title });
  await alice.must("add_member", { room, username: mallory.name });
  await alice.must("update_room", { room, state: "resolved" });
  for (const person of [alice, bob, visitor]) {
    await expect(notices(person)).toHaveCount(3);
    await expect(notices(person).nth(0)).toContainText(`${alice.name} renamed the room: ${title}`);
    await expect(notices(person).nth(1)).toContainText(`${alice.name} added ${mallory.name}`);
    await expect(notices(person).nth(2)).toContainText("Resolved");
  }
  await bob.must("post_message", { room, body: "after" });
  for (const person of [alice, bob, visitor]) {
    await person.sees("after");
    const order = () => person.log.locator("article, [data-testid=notice]").evaluateAll((all) => all.map((it) => it.tagName));
    expect(await order()).toEqual(["ARTICLE", "P", "P", "P", "ARTICLE"]);
    await person.reload();
    expect(await order()).toEqual(["ARTICLE", "P", "P", "P", "ARTICLE"]);
  }
  const [mine] = await mallory.must("my_rooms");
  expect(mine.count, "what was said, not what was done").toBe(1);
});

test("a post that is edited reads so at once for whoever has it open", async ({ alice, bob, visitor }) => {
  const room = await alice.makeRoom({ title: unique("As it was"), body: "old words", tags: "tea" });
  await bob.must("join_room", { room });
  for (const person of [bob, visitor]) {
    await person.enter(room);
    await person.connectionIs("online");
  }
  const title = unique("As it is");
  await alice.must("update_room", { room, title, body: "**new** words", tags: "cake", category: "music", visibility: "unlisted" });
  for (const person of [bob, visitor]) {
    const post = person.page.locator(".post");
    await expect(post.getByRole("heading")).toHaveText(title);
    await expect(post.locator("strong")).toHaveText("new");
    await expect(person.page.getByText("old words")).toHaveCount(0);
    await expect(person.page.locator("header.head").getByRole("link", { name: "cake" })).toBeVisible();
    await expect(person.page.locator(".who-reads")).toContainText("link");
    await expect(person.page).toHaveTitle(new RegExp(`${title} · Chat Chat$`));
    const live = await post.textContent();
    await person.reload();
    await expect(post).toHaveText(live ?? "");
  }
});
