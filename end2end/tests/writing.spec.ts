// Writing a post with script: the preview comes in place, nothing typed is lost, and the server says what there is already.

import { expect, test, unique, type Person } from "../support/person.ts";

const form = (person: Person) => person.page.locator("#post-form");
const field = (person: Person, name: string) => form(person).locator(`[name="${name}"]`);
const previewButton = (person: Person) => form(person).locator("button[formaction]");
const preview = (person: Person) => person.page.getByTestId("preview");
/** Longer than a draft waits to be written down. */
const kept = (person: Person, title: string) =>
  expect
    .poll(() => person.page.evaluate(() => Object.entries(localStorage).filter(([key]) => key.startsWith("draft:")).join()))
    .toContain(title);

test("a preview comes in place and keeps everything", async ({ alice }) => {
  await alice.open("/rooms/new");
  const title = unique("미리 보기");
  await alice.fill(form(alice), "title", title);
  await alice.fill(form(alice), "body", "**굵게** <b>plain</b>\n\n둘째 문단");
  await alice.fill(form(alice), "tags", "rust, 카페");
  await alice.fill(form(alice), "visibility", "unlisted");
  const before = alice.page.url();
  await previewButton(alice).click();
  await expect(preview(alice).locator("h3")).toHaveText(title);
  await expect(preview(alice).locator("strong")).toHaveText("굵게");
  await expect(preview(alice)).toContainText("<b>plain</b>");
  await expect(preview(alice)).toContainText("#카페");
  await expect(alice.page.locator("#preview")).toBeFocused();
  expect(alice.page.url()).toBe(before);
  await expect(field(alice, "title")).toHaveValue(title);
  await expect(field(alice, "visibility").locator("xpath=self::*[@value='unlisted']")).toBeChecked();
  // Changed, and looked at again.
  await alice.fill(form(alice), "body", "# Heading");
  await previewButton(alice).click();
  await expect(preview(alice).locator(".doc h3")).toHaveText("Heading");
  await expect(preview(alice)).toHaveCount(1);
  await alice.send(form(alice), {});
  await expect(alice.page).toHaveURL(/\/rooms\/\d+/);
  await expect(alice.page.locator(".post h2")).toHaveText(title);
});

test("what is wrong is said beside its field, and nothing is lost", async ({ alice }) => {
  await alice.open("/rooms/new");
  const title = unique("Six tags");
  await alice.send(form(alice), { title, body: "a text", category: "music", tags: "a, b, c, d, e, f" });
  await expect(alice.alert).toBeVisible();
  await expect(field(alice, "tags")).toHaveAttribute("aria-invalid", "true");
  await expect(field(alice, "tags")).toBeFocused();
  for (const [name, value] of Object.entries({ title, body: "a text", category: "music", tags: "a, b, c, d, e, f" })) {
    await expect(field(alice, name)).toHaveValue(value);
  }
  // Also over a reload of what came back.
  await alice.open("/rooms/new");
  await expect(field(alice, "title")).toHaveValue(title);
  await alice.send(form(alice), { tags: "a, b" });
  await expect(alice.page).toHaveURL(/\/rooms\/\d+/);
});

test("a draft outlives a reload, and is gone once the post is there", async ({ alice }) => {
  await alice.open("/rooms/new");
  const note = form(alice).locator('[data-part="draft"]');
  await expect(note).toBeHidden();
  const title = unique("Draft");
  await alice.fill(form(alice), "title", title);
  await alice.fill(form(alice), "body", "half a thought");
  await alice.fill(form(alice), "category", "study");
  await alice.fill(form(alice), "tags", "later");
  await alice.fill(form(alice), "visibility", "private");
  await kept(alice, "private");
  await alice.reload();
  await expect(note).toBeVisible();
  await expect(field(alice, "title")).toHaveValue(title);
  await expect(field(alice, "body")).toHaveValue("half a thought");
  await expect(field(alice, "category")).toHaveValue("study");
  await expect(field(alice, "tags")).toHaveValue("later");
  await expect(form(alice).locator("[name=visibility][value=private]")).toBeChecked();
  // Left by a link, and come back to.
  await alice.open("/");
  await alice.open("/rooms/new");
  await expect(field(alice, "title")).toHaveValue(title);
  await alice.send(form(alice), {});
  await expect(alice.page).toHaveURL(/\/rooms\/\d+/);
  await alice.open("/rooms/new");
  await expect(field(alice, "title")).toHaveValue("");
  await expect(note).toBeHidden();

  // Thrown away by hand.
  await alice.fill(form(alice), "title", "never mind");
  await kept(alice, "never mind");
  await alice.reload();
  await note.locator("button").click();
  await expect(field(alice, "title")).toHaveValue("");
  await expect(field(alice, "title")).toBeFocused();
  await alice.reload();
  await expect(field(alice, "title")).toHaveValue("");
});

test("a session that ends meanwhile costs nothing", async ({ alice }) => {
  await alice.open("/rooms/new");
  const title = unique("Expired");
  await alice.fill(form(alice), "title", title);
  await alice.fill(form(alice), "body", "a long text");
  await kept(alice, title);
  const cookies = await alice.context.cookies();
  await alice.context.clearCookies();
  await alice.send(form(alice), {});
  await expect(alice.alert).toBeVisible();
  await expect(field(alice, "title")).toHaveValue(title);
  await expect(field(alice, "body")).toHaveValue("a long text");
  // Signed in again elsewhere, what came back goes through.
  await alice.context.addCookies(cookies);
  await alice.send(form(alice), {});
  await expect(alice.page).toHaveURL(/\/rooms\/\d+/);
});

test("a server that is away for a moment costs nothing", async ({ alice }) => {
  await alice.open("/rooms/new");
  const title = unique("Cut off");
  await alice.context.setOffline(true);
  await alice.send(form(alice), { title });
  await expect(alice.alert).toBeVisible();
  await expect(field(alice, "title")).toHaveValue(title);
  await alice.context.setOffline(false);
  await alice.send(form(alice), {});
  await expect(alice.page).toHaveURL(/\/rooms\/\d+/);
});

test("signing out takes drafts away from the machine", async ({ alice }) => {
  await alice.open("/rooms/new");
  await alice.fill(form(alice), "title", "secret plans");
  await kept(alice, "secret plans");
  await alice.open("/rooms/new");
  await alice.page.locator('form[action="/api/logout"]').first().evaluate((form: HTMLFormElement) => form.requestSubmit());
  await expect(alice.page).toHaveURL(/\/$/);
  expect(await alice.page.evaluate(() => JSON.stringify(localStorage))).not.toContain("secret plans");
});

test("rooms about the same are shown while the title is typed", async ({ alice, bob }) => {
  const word = unique("주제").replace(" ", "");
  const room = await alice.makeRoom({ title: `${word} 이야기`, category: "study" });
  const hidden = await alice.makeRoom({ title: `${word} 비밀`, visibility: "private" });
  await bob.open("/rooms/new");
  const similar = bob.page.locator('[data-part="similar"] li');
  // Until the index has caught up.
  await expect(async () => {
    await bob.fill(form(bob), "title", "");
    await bob.fill(form(bob), "title", `${word}에서 만나요`);
    await expect(similar).toHaveCount(1, { timeout: 2_000 });
  }).toPass();
  await expect(similar.locator("a")).toHaveAttribute("href", new RegExp(`/rooms/${room}`));
  await expect(similar.locator(`a[href*="${hidden}"]`)).toHaveCount(0);
  await bob.fill(form(bob), "title", "");
  await expect(similar).toHaveCount(0);
});

test("tags that others use are put in by a press, those of the category first", async ({ alice, bob }) => {
  const [tag, other] = [unique("t").replace(" ", ""), unique("t").replace(" ", "")];
  // More often than anything that other tests make at the same time.
  for (let n = 0; n < 4; n++) await alice.makeRoom({ title: `${tag} ${n}`, category: "local", tags: tag });
  await alice.makeRoom({ title: other, category: "life", tags: other });
  await bob.open("/rooms/new");
  await bob.fill(form(bob), "category", "local");
  const suggested = bob.page.locator('[data-part="suggested"] button');
  await expect(suggested.filter({ hasText: tag })).toHaveCount(1);
  await bob.fill(form(bob), "tags", other.slice(0, 5));
  await suggested.filter({ hasText: other }).click();
  await expect(field(bob, "tags")).toHaveValue(`${other}, `);
  await expect(field(bob, "tags")).toBeFocused();
  await bob.page.keyboard.type(tag.slice(0, 6));
  await suggested.filter({ hasText: tag }).press("Enter");
  await expect(field(bob, "tags")).toHaveValue(`${other}, ${tag}, `);
  await expect(suggested.filter({ hasText: tag })).toHaveCount(0);
  await bob.send(form(bob), { title: unique("With tags") });
  await expect(bob.page.locator(".head a.tag")).toHaveText([`#${other}`, `#${tag}`]);
});

test("a changed post is previewed and kept like a new one", async ({ alice }) => {
  const room = await alice.makeRoom({ title: unique("Before"), body: "old" });
  await alice.open(`/rooms/${room}/settings`);
  await alice.fill(form(alice), "body", "**new**");
  await previewButton(alice).click();
  await expect(preview(alice).locator("strong")).toHaveText("new");
  await kept(alice, "**new**");
  await alice.reload();
  await expect(field(alice, "body")).toHaveValue("**new**");
  await alice.send(form(alice), {});
  await expect(alice.page).toHaveURL(new RegExp(`/rooms/${room}\\b`));
  await expect(alice.page.locator(".post strong")).toHaveText("new");
  await alice.open(`/rooms/${room}/settings`);
  await expect(form(alice).locator('[data-part="draft"]')).toBeHidden();
});
