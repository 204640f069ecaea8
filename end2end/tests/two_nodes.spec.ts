// Many nodes: people on different nodes talk in one room, over PostgreSQL and Redis.

import { expect, test, unique } from "../support/person.ts";
import { freshDatabase, Server } from "../support/server.mjs";

test.skip(!process.env.TEST_DATABASE_URL || !process.env.TEST_REDIS_URL, "needs TEST_DATABASE_URL and TEST_REDIS_URL");

test("people on different nodes talk in one room", async ({ invite }) => {
  const database = freshDatabase();
  const env = { DATABASE_URL: database.url, REDIS_URL: process.env.TEST_REDIS_URL! };
  const east = new Server({ env });
  const west = new Server({ env });
  try {
    await east.start();
    await west.start();
    const alice = await (await invite("alice", { at: east.url })).arrive();
    const bob = await (await invite("밥", { at: west.url })).arrive();
    const room = await alice.makeRoom({ title: unique("Across the river") });

    await alice.enter(room);
    await bob.enter(room);
    await alice.say("서쪽에서도 들려요?");
    await bob.sees("서쪽에서도 들려요?");
    await bob.say("Loud and clear");
    await alice.sees("Loud and clear");
    expect(await alice.conversation()).toEqual(await bob.conversation());

    await east.kill();
    await bob.say("Still here");
    await bob.sees("Still here");
    await east.start();
    await alice.sees("Still here");
    expect(await alice.conversation()).toEqual(await bob.conversation());
  } finally {
    await Promise.all([east.remove(), west.remove()]);
    database.drop();
  }
});
