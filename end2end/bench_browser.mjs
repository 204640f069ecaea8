// Measures what a room costs its reader's browser, in Chromium, and prints one table; `make bench` builds first.

import { readFileSync } from "node:fs";
import { chromium } from "@playwright/test";
import { launch } from "./support/chromium.mjs";
import { agent, Client, PASSWORD } from "./support/client.mjs";
import { Server } from "./support/server.mjs";
import { MB, ms, percentile, print, row } from "./support/table.mjs";

const MESSAGES = 10_000;
const LIVE_PER_SECOND = 200;
const LIVE_SECONDS = 30;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Notes in the page, before anything else runs: long tasks, and when the program was there and the page alive. */
function watch() {
  const noted = { tasks: [], program: 0, live: 0 };
  Object.assign(window, { noted });
  new PerformanceObserver((list) => noted.tasks.push(...list.getEntries().map((task) => task.duration))).observe({ type: "longtask" });
  const instantiate = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (...given) => {
    const made = await instantiate(...given);
    noted.program = performance.now();
    return made;
  };
  new MutationObserver(() => {
    if (!noted.live && document.documentElement?.dataset.hydrated) noted.live = performance.now();
  }).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-hydrated"] });
}

/** A room of many messages, some of them long. */
async function manyMessages(client, room) {
  let next = 1;
  const writer = async () => {
    for (let n = next++; n <= MESSAGES; n = next++) {
      const body = n % 7 ? `Message ${n}: 안녕하세요, some words.` : `Message ${n} with *emphasis*:\n\n${"several lines of it\n".repeat(5)}`;
      await client.must("post_message", { room, body });
    }
  };
  await Promise.all(Array.from({ length: 32 }, writer));
}

class Reader {
  static async of(browser, server, client) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const cookies = [...client.cookies].map(([name, value]) => ({ name, value, url: server.url }));
    await context.addCookies(cookies);
    const reader = new Reader();
    reader.page = await context.newPage();
    reader.cdp = await context.newCDPSession(reader.page);
    reader.browser = await browser.newBrowserCDPSession();
    await reader.page.addInitScript(watch);
    return reader;
  }

  async open(path) {
    await this.page.goto(path);
    await this.page.locator("html[data-hydrated=true]").waitFor({ state: "attached" });
    return this.page.evaluate(() => window.noted);
  }

  /** The longest task since this was last asked, and how many there were: browsers tell of those of 50 ms and more. */
  async longest() {
    const tasks = await this.page.evaluate(() => window.noted.tasks.splice(0));
    return `${tasks.length ? ms(Math.max(...tasks)) : "none"} (${tasks.length} of 50 ms and more)`;
  }

  /** What JavaScript holds after a collection, and what the page's process has in memory, the WASM's included. */
  async memory() {
    await this.cdp.send("HeapProfiler.collectGarbage");
    const { usedSize } = await this.cdp.send("Runtime.getHeapUsage");
    const { processInfo } = await this.browser.send("SystemInfo.getProcessInfo");
    const resident = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => {
      return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0) * 1024;
    });
    return { heap: usedSize, resident: Math.max(...resident), rows: await this.page.locator("article[data-seq]").count() };
  }
}

const told = ({ heap, resident, rows }) => `JS ${MB(heap)}, process ${MB(resident)}, ${rows} messages on the page`;

async function hydration(reader, path) {
  await reader.open(path);
  await reader.cdp.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  const [hydrating, loading] = [[], []];
  for (let n = 0; n < 10; n++) {
    const { program, live } = await reader.open(path);
    hydrating.push(live - program);
    loading.push(live);
  }
  await reader.cdp.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  const spread = (samples) => `p50 ${ms(percentile(samples, 0.5))}, most ${ms(Math.max(...samples))}`;
  row("Hydration of a room page, CPU throttled 4 ×: from the program's start until it is live", spread(hydrating), "≤ 300 ms");
  row("  from navigation until it is live, program from the cache", spread(loading));
}

async function paging(reader, path) {
  await reader.open(path);
  await reader.longest();
  row("A room with 10 000 messages, just opened", told(await reader.memory()));
  await reader.page.mouse.move(640, 400);
  const started = performance.now();
  const top = () => reader.page.locator("[role=log]").evaluate((log) => !log.querySelector("a[rel=prev]"));
  while (!(await top()) && performance.now() - started < 300_000) {
    await reader.page.mouse.wheel(0, -4000);
    await sleep(30);
  }
  const first = await reader.page.locator("article[data-seq]").first().getAttribute("data-seq");
  row(`  read up to its first message (seq ${first}), in ${((performance.now() - started) / 1000).toFixed(0)} s: longest task`, await reader.longest(), "≤ 100 ms");
  row("  memory then", told(await reader.memory()), "flat");
}

async function bubble(reader, path) {
  await reader.open(path);
  const field = reader.page.locator("textarea[name=body]");
  await reader.page.evaluate(() => {
    const field = document.querySelector("textarea[name=body]");
    const log = document.querySelector("[role=log]");
    let pressed = 0;
    window.noted.bubbles = [];
    field.addEventListener("keydown", (event) => (pressed = event.key === "Enter" ? event.timeStamp : 0), true);
    new MutationObserver(() => {
      if (!pressed || !log.querySelector("[data-state=pending]")) return;
      const since = pressed;
      pressed = 0;
      // Drawn: the task after the next frame's.
      requestAnimationFrame(() => setTimeout(() => window.noted.bubbles.push(performance.now() - since)));
    }).observe(log, { childList: true, subtree: true, attributes: true });
  });
  for (let n = 0; n < 50; n++) {
    await field.pressSequentially(`said ${n}`);
    await field.press("Enter");
    await sleep(100);
  }
  const bubbles = await reader.page.evaluate(() => window.noted.bubbles);
  row(`Key press to pending bubble on the screen (${bubbles.length} of 50 seen)`, `p50 ${ms(percentile(bubbles, 0.5))}, most ${ms(Math.max(...bubbles))}`, "≤ 50 ms");
}

async function live(reader, client, room, path) {
  await reader.open(path);
  await reader.longest();
  const before = await reader.memory();
  const end = performance.now() + LIVE_SECONDS * 1000;
  const started = performance.now();
  let sent = 0;
  const under = new Set();
  while (performance.now() < end) {
    const due = ((performance.now() - started) * LIVE_PER_SECOND) / 1000;
    for (; sent < due; sent++) {
      const call = client.must("post_message", { room, body: `live ${sent}: 안녕하세요` }).finally(() => under.delete(call));
      under.add(call);
    }
    await sleep(5);
  }
  await Promise.all(under);
  await reader.page.locator("article", { hasText: `live ${sent - 1}:` }).waitFor();
  row(`${LIVE_PER_SECOND} live messages/s for ${LIVE_SECONDS} s (${sent} sent): longest task`, await reader.longest(), "≤ 100 ms");
  row("  memory before", told(before));
  row("  memory after", told(await reader.memory()), "flat");
}

const server = await new Server({ env: { RUST_LOG: "warn" } }).start();
const browser = await chromium.launch(launch);
try {
  const [reader, writer] = [new Client(server.url), new Client(server.url)];
  await reader.must("register", { username: "reader", password: PASSWORD });
  await writer.must("register", { username: "writer", password: PASSWORD });
  const post = { title: "A long room", body: "", category: "tech", tags: "", visibility: "public" };
  const room = (await writer.must("create_room", post)).id;
  await manyMessages(writer, room);
  await reader.must("join_room", { room });
  const path = `${server.url}/rooms/${room}`;
  const person = await Reader.of(browser, server, reader);
  await hydration(person, path);
  // First, while the room has as many messages as the table says.
  await paging(person, path);
  await bubble(person, path);
  await live(person, writer, room, path);
} finally {
  agent.destroy();
  await browser.close();
  await server.remove();
}
print("Chromium, SQLite, release build");
