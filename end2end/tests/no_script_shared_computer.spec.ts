// One computer, several people, and no script: the way back asks the server.

import { launch } from "../support/chromium.mjs";
import { expect, test, unique } from "../support/person.ts";

test.use({ launchOptions: { ...launch, ignoreDefaultArgs: ["--disable-back-forward-cache"] } });

test("after signing out the way back shows nothing of what was private", async ({ alice }) => {
  const room = await alice.makeRoom({ title: unique("Secret"), visibility: "private" });
  await alice.must("post_message", { room, body: "nobody else reads this" });
  await alice.enter(room);
  await alice.sees("nobody else reads this");
  await alice.open("/");
  await alice.form("logout").locator("button").first().click();
  await expect(alice.form("logout")).toHaveCount(0);
  for (let n = 0; n < 2; n++) {
    await alice.page.goBack();
    await expect(alice.page.locator("body")).not.toContainText("nobody else reads this");
    await expect(alice.form("logout")).toHaveCount(0);
  }
});
