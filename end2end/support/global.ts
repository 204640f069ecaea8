// Starts the server that most tests share, and kills it when they are done.

import { Server } from "./server.mjs";

export default async function globalSetup() {
  const server = await new Server().start();
  process.env.CHAT_E2E_URL = server.url;
  return () => server.remove();
}
