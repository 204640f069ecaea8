// A program that talks to a server without a browser: requests as they are, and a session.

import { Agent, request } from "node:http";

export const PASSWORD = "correct horse battery staple";

export const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** One request, its bytes as they came over the wire, and how long it took. */
export function send(url, { method = "GET", headers = {}, body, agent: by = agent } = {}) {
  return new Promise((done, failed) => {
    const started = performance.now();
    const call = request(url, { method, agent: by, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", failed);
      response.on("end", () =>
        done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks), ms: performance.now() - started }),
      );
    });
    call.on("error", failed);
    call.end(body);
  });
}

/** A program with a session: calls server functions as interface.md asks. */
export class Client {
  constructor(origin, own = agent) {
    this.origin = origin;
    this.agent = own;
    this.cookies = new Map();
  }

  get cookie() {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async call(name, fields) {
    const body = new URLSearchParams(fields).toString();
    const headers = {
      Origin: this.origin,
      "Content-Type": "application/x-www-form-urlencoded",
      "Content-Length": Buffer.byteLength(body),
      ...(this.cookies.size ? { Cookie: this.cookie } : {}),
    };
    const response = await send(`${this.origin}/api/${name}`, { method: "POST", headers, body, agent: this.agent });
    for (const line of response.headers["set-cookie"] ?? []) {
      const [pair] = line.split(";");
      const cut = pair.indexOf("=");
      this.cookies.set(pair.slice(0, cut), pair.slice(cut + 1));
    }
    return response;
  }

  async must(name, fields) {
    const response = await this.call(name, fields);
    if (response.status !== 200) throw new Error(`${name}: ${response.status} ${response.body}`);
    return JSON.parse(response.body);
  }
}
