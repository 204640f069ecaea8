// Finding, writing and sharing rooms without JavaScript: links and forms alone.

import { expect, test, unique } from "../support/person.ts";

test("a post is previewed with everything kept, and rooms about the same beside it", async ({ alice, bob }) => {
  const word = unique("주제").replace(" ", "");
  const room = await alice.makeRoom({ title: `${word} 이야기` });
  await bob.open("/rooms/new");
  const form = bob.page.locator("#post-form");
  const title = `${word}에서 만나요`;
  const similar = bob.page.locator("#preview .similar a");
  // Until the index has caught up.
  await expect(async () => {
    await bob.fill(form, "title", title);
    await bob.fill(form, "body", "**굵게**\n\n</textarea>");
    await bob.fill(form, "category", "study");
    await bob.fill(form, "visibility", "private");
    await form.locator("button[formaction]").click();
    await expect(similar).toHaveCount(1, { timeout: 2_000 });
  }).toPass();
  await expect(similar).toHaveAttribute("href", new RegExp(`/rooms/${room}`));
  await expect(bob.page.getByTestId("preview").locator("strong")).toHaveText("굵게");
  await expect(form.locator("[name=title]")).toHaveValue(title);
  await expect(form.locator("[name=body]")).toHaveValue("**굵게**\n\n</textarea>");
  await expect(form.locator("[name=category]")).toHaveValue("study");
  await expect(form.locator("[name=visibility][value=private]")).toBeChecked();
  // A second look at another text, from the page that came back.
  await bob.fill(form, "body", "*schräg*");
  await form.locator("button[formaction]").click();
  await expect(bob.page.getByTestId("preview").locator("em")).toHaveText("schräg");
  await bob.send(form, {});
  await expect(bob.page).toHaveURL(/\/rooms\/\d+/);
  await expect(bob.page.locator(".post em")).toHaveText("schräg");
});

test("a post is changed, with a look at it before", async ({ alice }) => {
  const room = await alice.makeRoom({ title: unique("Before"), body: "old" });
  await alice.open(`/rooms/${room}/settings`);
  const form = alice.page.locator("#post-form");
  for (const body of ["first", "second"]) {
    await alice.fill(form, "body", `**${body}**`);
    await alice.fill(form, "state", "resolved");
    await form.locator("button[formaction]").click();
    await expect(alice.page.getByTestId("preview").locator("strong")).toHaveText(body);
  }
  await expect(form.locator("[name=state]")).toHaveValue("resolved");
  await alice.send(form, {});
  await expect(alice.page).toHaveURL(new RegExp(`/rooms/${room}\\b`));
  await expect(alice.page.locator(".post strong")).toHaveText("second");
});

test("one joins, is made a moderator and gets the room, by forms", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("By forms") });
  await bob.enter(room);
  await bob.form("join_room").locator("button").click();
  await expect(bob.page.locator("details.menu")).toBeVisible();
  await alice.open(`/rooms/${room}/members`);
  const row = alice.page.locator(`[data-user="${bob.name}"]`);
  for (const role of ["moderator", "owner"]) {
    if (role === "owner") await row.locator("details:has([name=role][value=owner]) summary").click();
    await row.locator(`form:has([name=role][value=${role}]) button`).click();
    await expect(row).toHaveAttribute("data-role", role);
  }
  await alice.page.locator("main form[role=search] [name=q]").fill(bob.name);
  await alice.page.locator("main form[role=search] button").click();
  await expect(alice.page.locator(".people li")).toHaveCount(1);
  await bob.enter(room);
  await bob.page.locator("details.menu summary").click();
  await bob.form("leave_room").locator("button").click();
  await expect(bob.page).toHaveURL(/\/$/);
});

test("the lobby is sorted, filtered and paged by links", async ({ alice, visitor }) => {
  const tag = unique("t").replace(" ", "-");
  const rooms: string[] = [];
  for (let n = 0; n < 35; n++) rooms.push(await alice.makeRoom({ title: `${tag} ${n}`, tags: tag, category: n % 2 ? "music" : "study" }));
  await visitor.open(`/?tag=${tag}&sort=new`);
  const shown = () => visitor.page.locator("article[data-room]").evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.room));
  const seen = await shown();
  expect(seen).toHaveLength(30);
  await visitor.follow(visitor.page.locator("a[rel=next]"));
  seen.push(...(await shown()));
  expect(seen).toEqual(rooms.reverse());
  await visitor.follow(visitor.page.locator('.chips a[href*="category=music"]'));
  expect(await shown()).toHaveLength(17);
  await expect(visitor.page.locator('.chips a[aria-current="true"]')).toHaveAttribute("href", /category=music/);
});

for (const bad of ["before=x", "limit=-1", `q=${"x".repeat(1_000)}`, "category=nope", "sort=x", "state=x", "tag=1&tag=2&tag=3&tag=4&tag=5&tag=6"]) {
  test(`a lobby that cannot be is a clear page: ${bad.slice(0, 30)}`, async ({ visitor }) => {
    const response = await visitor.open(`/?${bad}`);
    expect(response?.status()).toBeLessThan(500);
    // Either it is not minded, or it is said what is wrong, with a way back.
    if (response?.status() !== 200) await expect(visitor.page.locator('main [role=alert] a[href="/"]')).toBeVisible();
  });
}
