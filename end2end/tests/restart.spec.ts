// A server that is killed in the middle of a conversation: nothing said is lost, and the pages come back by themselves.

import { expect, test, unique } from "../support/person.ts";
import { Server } from "../support/server.mjs";

test("after a kill -9 everything is there, and both pages reconnect and go on talking", async ({ invite }) => {
  const server = await new Server().start();
  try {
    const alice = await (await invite("alice", { at: server.url })).arrive();
    const bob = await (await invite("밥", { at: server.url })).arrive();
    const room = await alice.makeRoom({ title: unique("Until the power fails") });
    await alice.enter(room);
    await bob.enter(room);
    await alice.say("before the crash");
    await bob.sees("before the crash");

    await server.kill();
    await alice.connectionIs("connecting", "offline");
    await bob.connectionIs("connecting", "offline");
    await alice.say("into the dark");
    await expect(alice.message("into the dark")).toHaveAttribute("data-state", "pending");

    await server.start();
    await alice.connectionIs("online");
    await bob.connectionIs("online");
    await bob.sees("into the dark");
    await alice.sees("into the dark");
    await bob.say("there you are again");
    await alice.sees("there you are again");
    await alice.sees("before the crash");

    await bob.reload();
    await bob.sees("there you are again");
    expect((await bob.conversation()).map((message) => message.text)).toEqual([
      "before the crash",
      "into the dark",
      "there you are again",
    ]);
    expect(await alice.conversation()).toEqual(await bob.conversation());
  } finally {
    await server.remove();
  }
});

test("a server that restarts with nobody looking has forgotten nothing", async ({ invite }) => {
  const server = await new Server().start();
  try {
    const alice = await (await invite("alice", { at: server.url })).arrive();
    const title = unique("오래 남는 글");
    const room = await alice.makeRoom({ title, body: "본문", tags: "기록" });
    await alice.must("post_message", { room, body: "말한 것" });
    await server.kill();
    await server.start();

    await alice.open("/");
    await expect(alice.page.locator(`article[data-room="${room}"]`)).toContainText(title);
    await alice.enter(room);
    await alice.sees("말한 것");
    await expect(alice.draft, "the session survived too").toBeVisible();
  } finally {
    await server.remove();
  }
});
