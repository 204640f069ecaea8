// Phones: nothing scrolls sideways, and the composer is in reach.

import { expect, test, unique } from "../support/person.ts";

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
