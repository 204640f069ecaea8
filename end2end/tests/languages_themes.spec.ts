// Two languages and two themes, chosen on the server; and a site that talks to nobody else.

import { expect, test, unique, type Person } from "../support/person.ts";

const html = async (person: Person, path = "/", headers = {}) => (await person.context.request.get(path, { headers })).text();
const root = (page: string) => /<html[^>]*>/.exec(page)?.[0] ?? "";

test("the language is the best that browser and server both speak", async ({ visitor }) => {
  expect(root(await html(visitor, "/", { "Accept-Language": "ko-KR,ko;q=0.9,en;q=0.8" }))).toContain('lang="ko"');
  expect(root(await html(visitor, "/", { "Accept-Language": "fr, en;q=0.3" }))).toContain('lang="en"');
  expect(root(await html(visitor, "/login", { "Accept-Language": "fr, en;q=0.3, ko;q=0.7" }))).toContain('lang="ko"');
});

test("somebody whose browser speaks Korean meets Korean pages from the first byte on", async ({ invite }) => {
  const visitor = await invite("visitor", { locale: "ko-KR" });
  const response = await visitor.open("/login");
  expect(root((await response?.text()) ?? "")).toContain('lang="ko"');
  await expect(visitor.page.locator("html")).toHaveAttribute("lang", "ko");
  await expect(visitor.form("login").getByRole("button").last()).toHaveText(/[가-힣]/);
});

test("a visitor's choice of language stays", async ({ visitor }) => {
  await visitor.open("/");
  await visitor.prefer("lang", "ko");
  await expect(visitor.page.locator("html")).toHaveAttribute("lang", "ko");
  await expect.poll(async () => root(await html(visitor))).toContain('lang="ko"');
  await visitor.open("/login");
  await expect(visitor.page.locator("html")).toHaveAttribute("lang", "ko");
});

test("the choice of an account follows it to another browser", async ({ alice, invite }) => {
  await alice.must("preferences", { lang: "ko", theme: "dark" });
  const elsewhere = await invite("elsewhere");
  await elsewhere.open("/login?next=/");
  await elsewhere.signIn({ username: alice.name });
  await elsewhere.isIn();
  await elsewhere.open("/");
  await expect(elsewhere.page.locator("html")).toHaveAttribute("lang", "ko");
  await expect(elsewhere.page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("a theme is in the first byte of the page, so that nothing flashes", async ({ visitor }) => {
  const background = () => visitor.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await visitor.open("/");
  expect(root(await html(visitor))).not.toContain("data-theme");
  const light = await background();

  await visitor.prefer("theme", "dark");
  await expect(visitor.page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect.poll(async () => root(await html(visitor))).toContain('data-theme="dark"');
  await visitor.reload();
  expect(await background()).not.toBe(light);

  await visitor.prefer("theme", "light");
  await expect(visitor.page.locator("html")).toHaveAttribute("data-theme", "light");
});

test("without a choice the system's theme applies", async ({ visitor }) => {
  const background = () => visitor.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await visitor.open("/");
  const light = await background();
  await visitor.page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(background).not.toBe(light);
});

test("every request goes to the site itself, and nothing breaks the content security policy", async ({ alice, shared }) => {
  const foreign: string[] = [];
  const own = new URL(shared);
  alice.page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.host !== own.host && url.protocol !== "data:" && url.protocol !== "blob:") foreign.push(request.url());
  });
  const violations: string[] = [];
  await alice.page.exposeFunction("reportViolation", (what: string) => violations.push(what));
  await alice.page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) =>
      (window as unknown as { reportViolation(what: string): void }).reportViolation(`${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  const room = await alice.write({ title: unique("Nobody else"), body: "![a picture](https://evil.example/p.png) https://example.org" });
  await alice.say("https://example.org/page and **more**");
  await alice.sees("example.org/page");
  for (const path of ["/", "/login", "/register", "/rooms/new", `/rooms/${room}`]) await alice.open(path);
  expect(foreign).toEqual([]);
  expect(violations).toEqual([]);
});

test("text from right to left reads so, and turns nothing that stands around it", async ({ alice, bob }) => {
  await bob.must("update_profile", { display_name: "אבי (כהן)" });
  const room = await alice.makeRoom({ title: "מה שלומך?" });
  // A mark that turns everything after it around, and is never taken back.
  for (const body of ["שלום!", "**שלום!**", "\u202eabc"]) await bob.must("post_message", { room, body });
  await alice.enter(room);
  await alice.sees("abc");
  /** Where the first and the last character of an element's text stand, from left to right. */
  const ends = (selector: string) =>
    alice.page.locator(selector).first().evaluate((element) => {
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      let node = walker.nextNode();
      while (node && !node.textContent?.trim()) node = walker.nextNode();
      const [text, range] = [node!, document.createRange()];
      const left = (at: number) => {
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        return range.getBoundingClientRect().left;
      };
      return { first: left(0), last: left(text.textContent!.length - 1) };
    });
  for (const selector of ["#m1 .body", "#m2 .body strong", "#m1 .who", "header.head h1", ".post h2"]) {
    const { first, last } = await ends(selector);
    expect(last, selector).toBeLessThan(first);
  }
  // What comes with a message stands where it stands with any other: the time after the name.
  const [name, time] = [alice.page.locator("#m1 .who"), alice.page.locator("#m1 time").first()];
  expect((await name.boundingBox())!.x).toBeLessThan((await time.boundingBox())!.x);
  const clock = await ends("#m3 time");
  expect(clock.first).toBeLessThan(clock.last);
});

test("at twice the size everything is within the page", async ({ alice }) => {
  const room = await alice.makeRoom({ title: unique("Large"), body: "a ".repeat(300), tags: "tea,cake" });
  await alice.must("post_message", { room, body: "x".repeat(300) });
  await alice.page.setViewportSize({ width: 640, height: 400 });
  for (const path of ["/", `/rooms/${room}`, "/rooms/new", "/settings", "/search?q=large", `/rooms/${room}/members`, "/unread"]) {
    await alice.open(path);
    const over = await alice.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(over, path).toBeLessThanOrEqual(0);
  }
  await alice.enter(room);
  await expect(alice.draft).toBeInViewport({ ratio: 1 });
  await alice.say("still room to talk");
  await alice.sees("still room to talk");
});
