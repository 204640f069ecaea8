// What lies between the browser and the server lets no socket through, or not even the program: one can talk all the same.

import { createServer, request, type Server as Proxy } from "node:http";
import { expect, test, unique } from "../support/person.ts";
import { freePort, Server } from "../support/server.mjs";

/** A proxy that knows nothing of upgrades: it asks the server as if the browser had asked for a page. */
function proxy(port: number, server: () => number): Promise<Proxy> {
  const pass = createServer((asked, answer) => {
    const { connection: _, upgrade: __, ...headers } = asked.headers;
    const on = request({ port: server(), host: "127.0.0.1", path: asked.url, method: asked.method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    on.on("error", () => answer.destroy());
    asked.pipe(on);
  });
  // What nobody listens for is answered as any other request.
  return new Promise((done) => pass.listen(port, "127.0.0.1", () => done(pass)));
}

test("where no socket comes about, the page says so, and what is written goes by form", async ({ invite }) => {
  const port = await freePort();
  const at = `http://127.0.0.1:${port}`;
  const server = new Server({ env: { CHAT_PUBLIC_URL: at } });
  const between = await proxy(port, () => server.port);
  try {
    await server.start();
    const alice = await (await invite("alice", { at })).arrive();
    const room = await alice.makeRoom({ title: unique("Behind a wall") });
    await alice.enter(room);
    await expect(alice.page.getByTestId("connection")).toContainText("no live connection", { timeout: 40_000 });
    await alice.connectionIs("offline");

    await alice.say("over the wall");
    await alice.sees("over the wall");
    // The page that came back knows already.
    await expect(alice.page.getByTestId("connection")).toContainText("no live connection");
    await expect(alice.draft).toHaveValue("");
    await alice.say("and another");
    await alice.sees("and another");
    expect((await alice.conversation()).map((message) => message.text)).toEqual(["over the wall", "and another"]);
    expect(server.tail()).toContain("docs/deploy/nginx.conf");
  } finally {
    between.closeAllConnections();
    between.close();
    await server.remove();
  }
});

test("a page whose program is there no more works by links and forms", async ({ invite }) => {
  const alice = await (await invite("alice")).arrive();
  const room = await alice.makeRoom({ title: unique("An older build") });
  await alice.page.route(/\.wasm$/, (route) => route.fulfill({ status: 404 }));
  await alice.page.goto(`/rooms/${room}`);
  await alice.draft.fill("by form");
  await alice.composer.locator("button:not([type=button])").last().click();
  await alice.sees("by form");
  expect(await alice.page.locator("html").getAttribute("data-hydrated")).toBeNull();
  // The console says that the program is not there, as it should.
  alice.problems.length = 0;
});
