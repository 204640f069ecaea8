// Starts and kills chat servers: the release build, on a free loopback port, with a database of its own.

import { spawn, execFileSync } from "node:child_process";
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { randomUUID } from "node:crypto";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const binary = process.env.CHAT_SERVER ?? join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "release/chat-chat");
const site = process.env.CHAT_SITE ?? join(root, "target/site");

/** @returns {Promise<number>} a port that was free a moment ago */
export function freePort() {
  return new Promise((done, failed) => {
    const probe = createServer().once("error", failed);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (probe.address());
      probe.close(() => done(port));
    });
  });
}

/** One server process. It keeps its port and its database over `kill` and `start`. */
export class Server {
  /** @param {{ env?: Record<string, string> }} [options] */
  constructor({ env = {} } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "chat-chat-e2e."));
    this.log = join(this.folder, "log");
    this.env = env;
    this.port = 0;
    this.process = undefined;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid() {
    return this.process?.pid;
  }

  async start() {
    this.port ||= await freePort();
    const log = openSync(this.log, "a");
    this.process = spawn(binary, [], {
      cwd: root,
      stdio: ["ignore", log, log],
      env: this.#environment(),
    });
    closeSync(log);
    const exited = new Promise((done) => this.process.once("close", done));
    const failed = new Promise((_, reject) => this.process.once("error", reject));
    this.exited = exited;
    await Promise.race([
      this.#ready(),
      failed,
      exited.then((code) => {
        throw new Error(`The server stopped at its start (${code}):\n${this.tail()}`);
      }),
    ]);
    return this;
  }

  async #ready() {
    const end = Date.now() + 30_000;
    while (Date.now() < end) {
      try {
        if ((await fetch(`${this.url}/healthz`)).ok) return;
      } catch {
        // Not listening yet.
      }
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`The server was not ready within 30 s:\n${this.tail()}`);
  }

  /** Runs a command of the program beside the server, on the same database. */
  command(...args) {
    execFileSync(binary, args, { cwd: root, env: this.#environment(), stdio: "pipe" });
  }

  #environment() {
    return {
      ...withoutOurs(process.env),
      DATABASE_URL: `sqlite:${join(this.folder, "chat.db")}`,
      LEPTOS_SITE_ADDR: `127.0.0.1:${this.port}`,
      LEPTOS_SITE_ROOT: site,
      CHAT_RATE_SEND: "off",
      CHAT_RATE_FRAMES: "off",
      CHAT_RATE_AUTH: "off",
      CHAT_CONNECTIONS_PER_USER: "off",
      CHAT_CONNECTIONS_PER_IP: "off",
      CHAT_HTTP_CONNECTIONS_PER_IP: "off",
      CHAT_RATE_PAGES: "off",
      CHAT_QUOTAS: "off",
      ...this.env,
    };
  }

  /** Kills the process without warning, as a crash does. */
  async kill() {
    this.process?.kill("SIGKILL");
    await this.exited;
    this.process = undefined;
  }

  /** Kills the process and removes its database. A server that has panicked is an error, whatever passed in spite of it. */
  async remove() {
    await this.kill();
    const panic = readFileSync(this.log, "utf8").split("\n").find((line) => line.includes("panicked at"));
    rmSync(this.folder, { recursive: true, force: true });
    if (panic) throw new Error(`The server panicked: ${panic}`);
  }

  /** The end of what the server logged. */
  tail() {
    return readFileSync(this.log, "utf8").split("\n").slice(-40).join("\n");
  }
}

/** The environment without what would configure the server behind the test's back. */
function withoutOurs(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(CHAT_|LEPTOS_|DATABASE_URL$|REDIS_URL$)/.test(name)));
}

/** A fresh PostgreSQL database beside the one that TEST_DATABASE_URL names; `drop` removes it. */
export function freshDatabase() {
  const admin = process.env.TEST_DATABASE_URL;
  const name = `chat_e2e_${randomUUID().replaceAll("-", "")}`;
  const psql = (sql) => execFileSync("psql", [admin, "-qX", "-v", "ON_ERROR_STOP=1", "-c", sql]);
  psql(`CREATE DATABASE ${name}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => psql(`DROP DATABASE ${name} WITH (FORCE)`) };
}
