// Measures the pages of the release build and prints one table. Needs nothing but Node; `make bench` builds first.

import { readFileSync } from "node:fs";
import { Agent } from "node:http";
import { connect } from "node:net";
import { agent, Client, PASSWORD, send } from "./support/client.mjs";
import { Server } from "./support/server.mjs";
import { kB, ms, percentile, print, row } from "./support/table.mjs";

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** What a browser loads for a room page at its first visit. */
async function firstLoad(page) {
  const html = await send(page, { headers: { "Accept-Encoding": "br" } });
  const plain = await send(page);
  const assets = new Set(plain.body.toString().match(/\/pkg\/[\w./-]+?\.(?:js|wasm|css)(?=["'`\s)>&])/g));
  let total = 0;
  for (const path of [...assets].sort()) {
    const asset = await send(new URL(path, page), { headers: { "Accept-Encoding": "br" } });
    total += asset.body.length;
    const encoding = asset.headers["content-encoding"] ?? "NOT COMPRESSED";
    const cached = /immutable/.test(asset.headers["cache-control"] ?? "") ? "immutable" : "NOT IMMUTABLE";
    row(`  ${path.replace("/pkg/", "").replace(/\.[\w-]{22}\./, ".")}`, `${kB(asset.body.length)} (${asset.status}, ${encoding}, ${cached})`);
  }
  for (const kind of ["js", "wasm", "css"]) {
    if (![...assets].some((path) => path.endsWith(kind))) row(`  .${kind}`, "NOT FOUND IN THE PAGE");
  }
  row("First load of a room: WASM, JS, CSS over the wire", kB(total), "≤ 350 kB");
  row("HTML of a room with 50 messages", `${kB(html.body.length)} (${html.headers["content-encoding"] ?? "plain"})`);
}

async function pageTime(what, page, headers) {
  for (let n = 0; n < 50; n++) await send(page, { headers });
  const times = [];
  for (let n = 0; n < 200; n++) {
    const response = await send(page, { headers });
    if (response.status !== 200) throw new Error(`${page}: ${response.status}`);
    times.push(response.ms);
  }
  row(what, `p50 ${ms(percentile(times, 0.5))}, p99 ${ms(percentile(times, 0.99))}`, "≤ 10 ms");
}

/** Bytes as they are, for requests that no HTTP client would send. */
function raw(port, text) {
  return new Promise((done) => {
    const started = performance.now();
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    const finish = () => {
      socket.destroy();
      done({ line: answer.split("\r\n", 1)[0], ms: performance.now() - started });
    };
    socket.setTimeout(15_000, finish);
    socket.on("data", (chunk) => {
      answer += chunk;
      if (answer.includes("\r\n")) finish();
    });
    socket.on("error", finish);
    socket.on("end", finish);
  });
}

/** S22: handshakes that are no handshakes. */
async function handshakes(server) {
  const upgrade = (lines) =>
    [`GET /ws HTTP/1.1`, `Host: 127.0.0.1:${server.port}`, `Origin: ${server.url}`, "Connection: Upgrade", "Upgrade: websocket", ...lines, "", ""].join("\r\n");
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  const version = "Sec-WebSocket-Version: 13";
  const bad = {
    "version 8": upgrade([key, "Sec-WebSocket-Version: 8"]),
    "no key": upgrade([version]),
    "1 MB of headers": upgrade([key, version, ...Array.from({ length: 1000 }, (_, n) => `X-${n}: ${"a".repeat(1000)}`)]),
    "a vertical tab in a header": upgrade([key, version, "X-Y: a\x0bb"]),
    "another site's origin": upgrade([key, version]).replace(server.url, "https://evil.example"),
  };
  for (const [what, text] of Object.entries(bad)) {
    const answer = await raw(server.port, text);
    const verdict = /^HTTP\/1.1 4\d\d/.test(answer.line) || answer.line === "" ? "" : " ACCEPTED";
    row(`S22 handshake with ${what}`, `${answer.line || "closed"}${verdict}, ${ms(answer.ms)}`, "4xx, < 50 ms");
  }
}

/** S25: a huge password is refused before it is hashed. */
async function hugePassword(client) {
  const times = [];
  let status;
  for (let n = 0; n < 20; n++) {
    const response = await client.call("login", { username: "somebody", password: "p".repeat(1 << 20) }).catch(() => undefined);
    status = response?.status ?? "closed";
    if (response) times.push(response.ms);
  }
  row("S25 login with a password of 1 MiB", times.length ? `${status}, p50 ${ms(percentile(times, 0.5))}` : status, "4xx, < 5 ms");
}

/** S27: an unknown name takes as long as a wrong password. */
async function enumeration(server, known) {
  const client = new Client(server.url);
  const samples = { known: [], unknown: [] };
  for (let n = 0; n < 200; n++) {
    for (const kind of n % 2 ? ["known", "unknown"] : ["unknown", "known"]) {
      const username = kind === "known" ? known : `nobody-${n}`;
      samples[kind].push((await client.call("login", { username, password: "not the password" })).ms);
    }
  }
  const [a, b] = [percentile(samples.known, 0.5), percentile(samples.unknown, 0.5)];
  row("S27 refused login, known and unknown name (p50)", `${ms(a)}, ${ms(b)}: ${((Math.abs(a - b) / a) * 100).toFixed(1)} % apart`, "< 5 %");
}

/** S28: what posting costs while somebody floods the login. */
async function flood(server, client, room) {
  const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))?.[1] ?? 0) / 1000;
  const talk = async (seconds) => {
    const times = [];
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      times.push((await client.call("post_message", { room, body: "talking on" })).ms);
      await sleep(40);
    }
    return percentile(times, 0.99);
  };
  const calm = await talk(5);
  const before = rss();
  let peak = before;
  const statuses = {};
  // Connections of its own: what waits for a login must not make the talking wait.
  const crowd = new Agent({ keepAlive: true, maxSockets: 256 });
  const intruder = new Client(server.url, crowd);
  const attack = setInterval(() => {
    peak = Math.max(peak, rss());
    for (let n = 0; n < 10; n++) {
      intruder.call("login", { username: "victim", password: "guess" }).then(
        ({ status }) => (statuses[status] = (statuses[status] ?? 0) + 1),
        () => (statuses.failed = (statuses.failed ?? 0) + 1),
      );
    }
  }, 50);
  const flooded = await talk(10);
  clearInterval(attack);
  crowd.destroy();
  row("S28 posting (p99), calm and under 200 logins/s", `${ms(calm)}, ${ms(flooded)}`, "≤ 2 ×");
  row("S28 memory added by the flood", `${(peak - before).toFixed(0)} MB (answers: ${JSON.stringify(statuses)})`, "≤ 120 MiB");
}

const server = await new Server({ env: { RUST_LOG: "warn" } }).start();
try {
  const client = new Client(server.url);
  await client.must("register", { username: "bench", password: PASSWORD });
  const post = { title: "A room to measure", body: "It has **fifty** messages.", category: "tech", tags: "bench", visibility: "public" };
  const room = (await client.must("create_room", post)).id;
  for (let n = 1; n <= 50; n++) {
    await client.must("post_message", { room, body: `Message ${n}: 안녕하세요, some words with *emphasis* and \`code\`.` });
  }
  const page = `${server.url}/rooms/${room}`;
  const canonical = new URL((await send(page)).headers.location ?? page, server.url).href;
  await firstLoad(canonical);
  await pageTime("  time, visitor (200 requests, one after the other)", canonical, {});
  await pageTime("  time, signed in", canonical, { Cookie: client.cookie });
  await handshakes(server);
  await hugePassword(client);
  await enumeration(server, "bench");
  await flood(server, client, room);
} finally {
  agent.destroy();
  await server.remove();
}

print("SQLite, release build");
