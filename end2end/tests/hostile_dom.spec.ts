// Others change a page before its program starts: it is alive all the same, or says that it is not and works as a form.

import { expect, test, unique, type Person } from "../support/person.ts";
import { meddle, meddlesome, trapping } from "../support/meddling.ts";

const SEEDS = 200;
const TESTS = 4;

const bar = (person: Person) => person.page.getByTestId("not-live");

async function room(person: Person): Promise<string> {
  const room = await person.makeRoom({ title: unique("Hostile"), body: "Call **010-1234-5678**.\n\n- one\n- two" });
  await person.must("post_message", { room, body: "my number is 010-1234-5678, see https://example.com" });
  return room;
}

/** Says something, and sees it stored: over the socket where the page is alive, by the form where it says that it is not. */
async function isNoDeadPage(person: Person, text: string) {
  const live = person.page.locator("html[data-hydrated=true]");
  await expect(live.or(bar(person)).first()).toBeAttached();
  if (await live.count()) {
    await expect(bar(person)).toHaveCount(0);
    await person.page.evaluate(() => document.body.setAttribute("data-same-page", ""));
    await person.say(text);
    await person.sees(text);
    await expect(person.page.locator("body[data-same-page]"), "no form has been sent").toBeAttached();
    return "live";
  }
  await byForm(person, text);
  return "plain";
}

/** Sends the form as without script, which is a page of its own. */
async function byForm(person: Person, text: string) {
  await person.draft.fill(text);
  const posted = person.page.waitForRequest((request) => request.isNavigationRequest() && request.method() === "POST");
  await person.composer.locator("button:not([type=button])").last().click();
  await posted;
  await person.sees(text);
}

for (let part = 0; part < TESTS; part++) {
  test(`no seed makes a dead page that looks alive (${part + 1} of ${TESTS})`, async ({ alice }) => {
    test.setTimeout(180_000);
    const path = `/rooms/${await room(alice)}`;
    await meddlesome(alice.page);
    // The name of a window is lost on the way from another site.
    await alice.open(path);
    for (let seed = part; seed < SEEDS; seed += TESTS) {
      await alice.page.evaluate((seed) => (window.name = `seed ${seed}`), seed);
      await alice.page.goto(path);
      // The network is there: a new copy of the page can be had.
      expect(await isNoDeadPage(alice, `seed ${seed}.`), `seed ${seed}`).toBe("live");
    }
    alice.problems.length = 0;
  });
}

const CASES: Record<string, () => void> = {
  "a phone makes a link of a number": () => {
    for (const at of document.querySelectorAll("[data-part=body], .doc strong")) {
      const text = document.createTreeWalker(at, NodeFilter.SHOW_TEXT).nextNode() as Text | null;
      const found = text?.data.indexOf("010-1234-5678") ?? -1;
      if (!text || found < 0) continue;
      const number = text.splitText(found);
      number.splitText("010-1234-5678".length);
      const link = document.createElement("a");
      link.href = "tel:010-1234-5678";
      number.replaceWith(link);
      link.append(number);
    }
  },
  "a translator wraps every text": () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts: Text[] = [];
    while (walker.nextNode()) if (walker.currentNode.parentElement?.closest("script, textarea") === null) texts.push(walker.currentNode as Text);
    for (const text of texts) {
      const font = document.createElement("font");
      text.replaceWith(font);
      font.append(text);
    }
  },
  "an extension adds an element to every form": () => {
    for (const form of document.forms) form.prepend(document.createElement("div"));
  },
  "an extension puts its own field before ours": () => {
    document.querySelector("textarea[name=body]")?.before(document.createElement("textarea"));
  },
};

for (const [name, how] of Object.entries(CASES)) {
  test(`${name}: the page is alive all the same, and it is reported`, async ({ alice }) => {
    const path = `/rooms/${await room(alice)}`;
    await meddle(alice.page, how);
    const reported = alice.page.waitForRequest((request) => request.url().endsWith("/api/report_fault"));
    await alice.page.goto(path);
    expect((await reported).postData()).toContain("kind=changed");
    expect(await isNoDeadPage(alice, "alive")).toBe("live");
    alice.problems.length = 0;
  });
}

test("attributes of an extension, and what it adds behind the page, are in nobody's way", async ({ alice }) => {
  const path = `/rooms/${await room(alice)}`;
  await meddle(alice.page, () => {
    document.body.setAttribute("data-gr-ext-installed", "");
    document.querySelector("textarea[name=body]")?.setAttribute("data-gramm", "false");
    document.body.append(document.createElement("grammarly-desktop-integration"));
    document.documentElement.append(document.createElement("div"));
  });
  await alice.page.goto(path);
  expect(await isNoDeadPage(alice, "undisturbed")).toBe("live");
  await expect(alice.page.locator("grammarly-desktop-integration")).toBeAttached();
});

test("what was typed meanwhile stays", async ({ alice }) => {
  const path = `/rooms/${await room(alice)}`;
  await meddle(alice.page, () => {
    const field = document.querySelector("textarea[name=body]") as HTMLTextAreaElement;
    field.before(document.createElement("div"));
    field.focus();
    field.value = "typed early";
    field.setSelectionRange(5, 5);
  });
  await alice.page.goto(path);
  await alice.live();
  await expect(alice.draft).toHaveValue("typed early");
  await expect(alice.draft).toBeFocused();
  expect(await alice.draft.evaluate((field: HTMLTextAreaElement) => field.selectionStart)).toBe(5);
  alice.problems.length = 0;
});

test("a program that traps at its start has another turn", async ({ alice }) => {
  const path = `/rooms/${await room(alice)}`;
  await trapping(alice.page, true);
  const reported = alice.page.waitForRequest((request) => request.url().endsWith("/api/report_fault"));
  await alice.page.goto(path);
  expect((await reported).postData()).toContain("kind=stopped");
  expect(await isNoDeadPage(alice, "second turn")).toBe("live");
  alice.problems.length = 0;
});

test("without another copy the page says that it is not live, and works as a form", async ({ alice }) => {
  const path = `/rooms/${await room(alice)}`;
  await meddle(alice.page, () => document.querySelector("textarea[name=body]")?.before(document.createElement("div")));
  await alice.page.route(`**${path}*`, (route) => (route.request().resourceType() === "fetch" ? route.abort() : route.continue()));
  await alice.page.goto(path);
  await expect(bar(alice)).toBeVisible();
  expect(await isNoDeadPage(alice, "by the form")).toBe("plain");
  alice.problems.length = 0;
});

test("a program that traps later is out of the way, and it is said", async ({ alice }) => {
  const path = `/rooms/${await room(alice)}`;
  await trapping(alice.page, false);
  await alice.open(path);
  await alice.say("alive");
  await alice.sees("alive");
  await alice.page.evaluate(() => ((window as unknown as { trap: boolean }).trap = true));
  await alice.draft.press("x");
  await expect(bar(alice)).toBeVisible();
  await expect(alice.page.locator("html[data-hydrated]")).toHaveCount(0);
  await byForm(alice, "afterwards");
  alice.problems.length = 0;
});
