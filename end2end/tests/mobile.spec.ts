// Phones: nothing scrolls sideways, and the composer is in reach, above the on-screen keyboard too.

import { expect, test, unique, type Person } from "../support/person.ts";

const WORD = "띄어쓰기없는아주긴제목".repeat(9);
const WIDE = ["https://example.org/" + "very-long-path/".repeat(20), "W".repeat(300), "```\n" + "let x = 1; ".repeat(40) + "\n```", "| a | b | c |\n|---|---|---|\n| " + "cell ".repeat(30) + "| x | y |"];

for (const [width, height] of [[390, 844], [320, 568]]) {
  test(`nothing scrolls sideways at ${width} px`, async ({ alice, visitor }) => {
    const room = await alice.makeRoom({ title: WORD, body: WIDE.join("\n\n"), category: "life", tags: "이십글자나되는아주긴태그입니다하나,b,c,d,e" });
    for (const body of [...WIDE, "짧은 말"]) await alice.must("post_message", { room, body });
    for (const person of [alice, visitor]) {
      await person.page.setViewportSize({ width, height });
      const paths = ["/", `/rooms/${room}`, person === alice ? "/rooms/new" : "/login", "/register"];
      for (const path of paths) {
        await person.open(path);
        // A phone zooms out over what is too wide, so compare with the width of the device, not of the window.
        expect(await person.page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
      }
    }
  });

  test(`the composer is in view at ${width} px, and stays there while one talks`, async ({ alice, bob }) => {
    const room = await alice.makeRoom({ title: unique("한 손으로"), body: "본문\n\n".repeat(20) });
    for (let n = 0; n < 30; n++) await alice.must("post_message", { room, body: `${n}번째 말` });
    await bob.page.setViewportSize({ width, height });
    await bob.enter(room);
    await expect(bob.draft).toBeInViewport({ ratio: 1 });
    await bob.say("엄지로 썼어요");
    await bob.sees("엄지로 썼어요");
    await expect(bob.message("엄지로 썼어요")).toBeInViewport();
    await expect(bob.draft).toBeInViewport({ ratio: 1 });
  });
}

const KEYBOARD = 300;
/** How a keyboard comes up: Chromium makes the page shorter, WebKit tells by the visual viewport only. */
const keyboards: Record<string, (person: Person, height: number) => Promise<void>> = {
  "makes the page shorter": (person, height) => person.page.setViewportSize({ width: 390, height }),
  "lies over the page": (person, height) =>
    person.page.evaluate((height) => {
      Object.defineProperty(visualViewport, "height", { value: height, configurable: true });
      visualViewport!.dispatchEvent(new Event("resize"));
    }, height),
};
for (const [what, become] of Object.entries(keyboards)) {
  test(`a keyboard that ${what} covers neither the composer nor the last message`, async ({ alice, bob }) => {
    const room = await alice.makeRoom({ title: unique("키보드 위") });
    for (let n = 0; n < 30; n++) await alice.must("post_message", { room, body: `${n}번째 말` });
    await bob.enter(room);
    await bob.draft.focus();
    const bottom = (selector: string) => bob.page.locator(selector).last().evaluate((it) => it.getBoundingClientRect().bottom);
    for (const visible of [844, 844 - KEYBOARD, 844]) {
      await become(bob, visible);
      await expect.poll(async () => Math.abs((await bottom("#foot")) - visible)).toBeLessThanOrEqual(2);
      await expect.poll(() => bottom("article")).toBeLessThanOrEqual(await bob.page.locator("#foot").evaluate((foot) => foot.getBoundingClientRect().top));
      await expect.poll(() => bob.page.locator(".head").evaluate((head) => head.getBoundingClientRect().top)).toBe(0);
    }
  });
}

test("nothing is zoomed when one begins to write, and one may zoom", async ({ alice }) => {
  await alice.enter(await alice.makeRoom({ title: unique("돋보기") }));
  // Safari zooms in on fields with smaller letters.
  expect(await alice.draft.evaluate((field) => parseFloat(getComputedStyle(field).fontSize))).toBeGreaterThanOrEqual(16);
  const viewport = await alice.page.locator("meta[name=viewport]").getAttribute("content");
  expect(viewport).toContain("interactive-widget=resizes-content");
  expect(viewport).not.toMatch(/user-scalable|maximum-scale/);
});

test("a phone that is turned shows the message that was read", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("가로로") });
  for (let n = 0; n < 40; n++) await alice.must("post_message", { room, body: `${n}번째 말. ${"길게 이어진다 ".repeat(n % 7)}` });
  await bob.open(`/rooms/${room}/messages/20`);
  await expect(bob.page.locator("#m20")).toBeInViewport({ ratio: 1 });
  for (const size of [{ width: 844, height: 390 }, { width: 390, height: 844 }]) {
    await bob.page.setViewportSize(size);
    await expect(bob.page.locator("#m20")).toBeInViewport();
  }
});

test("a phone can put it among its programs", async ({ visitor }) => {
  await visitor.open("/");
  const address = await visitor.page.locator("link[rel=manifest]").getAttribute("href");
  const manifest = await (await visitor.context.request.get(address!)).json();
  expect(manifest).toMatchObject({ start_url: "/", display: "standalone" });
  const apple = await visitor.page.locator("link[rel=apple-touch-icon]").getAttribute("href");
  const icons = [...manifest.icons, { src: apple, type: "image/png" }];
  expect(icons.map((icon) => icon.sizes)).toEqual(["any", "192x192", "512x512", undefined]);
  for (const { src, type } of icons) {
    const response = await visitor.context.request.get(src);
    expect([response.status(), response.headers()["content-type"]], src).toEqual([200, type]);
  }
  for (const { url } of manifest.shortcuts) expect((await visitor.context.request.get(url)).status(), url).toBeLessThan(500);
});
