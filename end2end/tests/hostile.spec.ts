// Hostile text: wherever it is shown, on the server's page or by the browser, it stays text.

import { expect, test, type Person } from "../support/person.ts";

const TITLE = "</title><script>window.__xss=1</script>";
const BODY = [
  "</textarea><script>window.__xss=2</script>",
  '<img src=x onerror="window.__xss=3">',
  "[a link](javascript:window.__xss=4) [another](JaVaScRiPt&colon;window.__xss=5)",
  "<javascript:window.__xss=6> [data](data:text/html,<script>window.__xss=7</script>)",
  '[quoted]("onmouseover="window.__xss=8)',
  "```\n</code></pre><svg onload=window.__xss=9>\n```",
].join("\n\n");
const MESSAGE = '</article></textarea><svg/onload="window.__xss=10"> [x](javascript:window.__xss=11) {{7*7}}';

async function nothingRan(person: Person) {
  expect(await person.page.evaluate(() => (window as { __xss?: number }).__xss)).toBeUndefined();
  const links = await person.page.locator("a[href]").evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).protocol));
  expect(links.filter((protocol) => !/^(https?|mailto):$/.test(protocol))).toEqual([]);
  await expect(person.page.locator("[onerror], [onload], [onmouseover], article script")).toHaveCount(0);
}

test("hostile posts and messages are shown as the text that they are", async ({ mallory, bob, visitor }) => {
  const room = await mallory.write({ title: TITLE, body: BODY, tags: "<b>x</b>" });
  await nothingRan(mallory);
  await bob.enter(room);
  await mallory.say(MESSAGE);
  await bob.sees("{{7*7}}");
  await nothingRan(bob);
  await nothingRan(mallory);

  for (const person of [bob, visitor]) {
    await person.open("/");
    await expect(person.page.locator(`article[data-room="${room}"]`)).toContainText(TITLE);
    await nothingRan(person);
    await person.page.locator(`article[data-room="${room}"] a[href^="/rooms/${room}"]`).first().click();
    await person.sees("{{7*7}}");
    expect(await person.page.title()).toContain(TITLE);
    await nothingRan(person);
    await person.reload();
    await person.sees("{{7*7}}");
    expect(await person.page.title()).toContain(TITLE);
    await nothingRan(person);
  }
});

test("a hostile form that is refused comes back as text", async ({ mallory, shared }) => {
  const answer = await mallory.context.request.post("/api/create_room", {
    form: { title: TITLE, body: BODY, category: "general", tags: '"><script>window.__xss=12</script>,b,c,d,e,f', visibility: "public" },
    headers: { Origin: shared, Accept: "text/html" },
  });
  expect(answer.status()).toBe(422);
  const page = await answer.text();
  expect(page).not.toContain("<script>window.__xss");
  expect(page).not.toContain("<img src=x");
  await mallory.page.route("**/refused", (route) => route.fulfill({ body: page, contentType: "text/html; charset=utf-8" }));
  await mallory.page.goto("/refused");
  expect(await mallory.page.evaluate(() => (window as { __xss?: number }).__xss)).toBeUndefined();
  await expect(mallory.form("create_room").locator("[name=title]")).toHaveValue(TITLE);
});

test("a draft with tags in it survives the refusal of the page that hydrates", async ({ mallory }) => {
  await mallory.open("/rooms/new");
  await mallory.send(mallory.form("create_room"), { title: TITLE, body: BODY, category: "general", tags: "a,b,c,d,e,f" });
  await expect(mallory.alert).toBeVisible();
  await expect(mallory.form("create_room").locator("[name=body]")).toHaveValue(BODY);
  await nothingRan(mallory);
});

test("an address full of tags is answered with a page, not with them", async ({ visitor }) => {
  for (const path of ["/rooms/1-</script><script>window.__xss=1</script>", "/?q=</title><script>window.__xss=1</script>&sort=<b>", "/login?next=</script><script>window.__xss=1</script>"]) {
    await visitor.open(path);
    await nothingRan(visitor);
  }
});
