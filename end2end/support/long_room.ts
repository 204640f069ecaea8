// A room with more messages than fit on a screen, and moving in it.

import { unique, type Person } from "./person.ts";

/** Messages of mixed height. */
export async function flood(person: Person, room: string, from: number, to: number) {
  for (let n = from; n <= to; n++) {
    const body = n % 5 === 0 ? `message ${n}.\n` + "One more line of it.\n".repeat(n % 7) : `message ${n}.`;
    await person.must("post_message", { room, body });
  }
}

export async function roomOf(person: Person, messages: number): Promise<string> {
  const room = await person.makeRoom({ title: unique("Reading"), body: "What it is about.\n\n".repeat(3) });
  await flood(person, room, 1, messages);
  return room;
}

/** Scrolls by so many pixels, as a wheel or a finger does, and lets it settle. */
export async function scroll(person: Person, by: number) {
  await person.log.evaluate((log, by) => log.scrollBy(0, by), by);
  await person.page.waitForTimeout(150);
}

/** The way to the latest message. */
export const pill = (person: Person) => person.page.getByTestId("latest");
/** How far from its end the list is scrolled, px. */
export const toEnd = (person: Person) => person.log.evaluate((log) => -log.scrollTop);
