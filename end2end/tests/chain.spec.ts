// A chain of replies is looked at in its timeline: what belongs to it stays in full light, the rest steps back.

import { expect, test, unique } from "../support/person.ts";

test("a chain of replies is lit, and Escape leaves it", async ({ alice, bob }) => {
  const room = await alice.makeRoom({ title: unique("Chain") });
  await alice.must("post_message", { room, body: "a question" });
  await bob.must("post_message", { room, body: "something else" });
  await bob.must("post_message", { room, body: "an answer", reply_to: 1 });
  await alice.enter(room);
  await alice.log.locator("article[data-seq='3'] .chain").click();
  await expect(alice.page).toHaveURL(/chain=1/);
  const beside = alice.log.locator("article.beside");
  await expect(beside).toHaveCount(1);
  await expect(beside).toHaveAttribute("data-seq", "2");

  // Escape first drops what one was about to answer, then leaves.
  await alice.log.locator("article[data-seq='2']").hover();
  await alice.log.locator("article[data-seq='2'] [data-act=reply]").click();
  await expect(alice.composer.locator("textarea")).toBeFocused();
  await alice.page.keyboard.press("Escape");
  await expect(beside).toHaveCount(1);
  await alice.page.keyboard.press("Escape");
  await expect(alice.page).not.toHaveURL(/chain=/);
  await expect(beside).toHaveCount(0);
  await expect(alice.log.locator("article[data-seq]")).toHaveCount(3);
});
