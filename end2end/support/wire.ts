// A faulty line between a page and the server: it sees every frame of the socket, and decides what becomes of it.

import type { Page } from "@playwright/test";

export type Frame = { t: string; nonce?: string; body?: string; [field: string]: unknown };
/** Passes the frame on by calling `pass`, at once, later or never. */
export type Judge = (frame: Frame, pass: () => void) => void;

/** Puts a faulty line before every socket that the page opens from now on. What is not named works. */
export async function faulty(page: Page, { up, down }: { up?: Judge; down?: Judge }): Promise<Line> {
  const line = new Line();
  await page.routeWebSocket(/\/ws$/, (socket) => {
    const server = socket.connectToServer();
    line.connections += 1;
    line.say = (frame) => socket.send(JSON.stringify(frame));
    const judged = (judge: Judge | undefined, text: string, send: (text: string) => void) =>
      judge ? judge(JSON.parse(text), () => send(text)) : send(text);
    socket.onMessage((text) => judged(up, String(text), (text) => server.send(text)));
    server.onMessage((text) => judged(down, String(text), (text) => socket.send(text)));
  });
  return line;
}

/** Makes every socket that the page opens from now on silent: open, and nobody there. */
export async function dead(page: Page) {
  await page.routeWebSocket(/\/ws$/, () => {});
}

export class Line {
  /** Sockets opened so far. */
  connections = 0;
  /** Says something to the page in the server's name, on the latest socket. */
  say: (frame: Frame) => void = () => {};
}

/** Holds frames back until it is opened. */
export class Gate {
  private held: (() => void)[] | undefined = [];

  hold(pass: () => void) {
    if (this.held) this.held.push(pass);
    else pass();
  }

  open() {
    const held = this.held ?? [];
    this.held = undefined;
    for (const pass of held) pass();
  }
}

/** A judge that loses every `n`-th frame. */
export function losing(n: number): Judge {
  let count = 0;
  return (_, pass) => {
    count += 1;
    if (count % n) pass();
  };
}

/** Every frame of these types that the page puts on the wire from now on. */
export function sent(page: Page, ...types: string[]): Frame[] {
  const frames: Frame[] = [];
  page.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => {
      const frame: Frame = JSON.parse(String(payload));
      if (types.includes(frame.t)) frames.push(frame);
    }),
  );
  return frames;
}
