// People with browsers, and what they do: one context each, so that two people are two sessions.

import { test as base, expect, type APIResponse, type BrowserContext, type Locator, type Page } from "@playwright/test";

export { expect };

const PASSWORD = "correct horse battery staple";

export type Post = { title: string; body?: string; category?: string; tags?: string; visibility?: string; indexed?: boolean };
export type Message = { nonce?: string; seq: string; text: string };

export class Person {
  /** What must not happen in any test: panics, uncaught errors, refusals by the content security policy. */
  readonly problems: string[] = [];
  private readonly tabs: Person[] = [];

  constructor(
    readonly page: Page,
    readonly name: string,
    private readonly origin: string,
    private readonly scripted: boolean,
    private readonly touch: boolean,
  ) {
    page.on("pageerror", (error) => this.problems.push(`${this.name}: ${error.message}`));
    page.on("console", (line) => {
      if (/panicked|content security policy|hydration|not hydrated|RuntimeError/i.test(line.text())) {
        this.problems.push(`${this.name}: ${line.text()}`);
      }
    });
  }

  /** The same person in another tab. */
  in(page: Page): Person {
    const person = new Person(page, this.name, this.origin, this.scripted, this.touch);
    this.tabs.push(person);
    return person;
  }

  get allProblems(): string[] {
    return [this, ...this.tabs].flatMap((tab) => tab.problems);
  }

  get context(): BrowserContext {
    return this.page.context();
  }

  /** Calls a server function as a program does: with an Origin, and JSON back. */
  call(name: string, fields: Record<string, string | number | boolean> = {}): Promise<APIResponse> {
    return this.context.request.post(`/api/${name}`, { form: fields, headers: { Origin: this.origin } });
  }

  /** The same, where anything but success is a broken test. */
  async must(name: string, fields: Record<string, string | number | boolean> = {}) {
    const response = await this.call(name, fields);
    expect(response.status(), `${name}: ${await response.text()}`).toBe(200);
    return response.json();
  }

  /** Makes the account without the page, for tests about something else. */
  async arrive(): Promise<this> {
    await this.must("register", { username: this.name, password: PASSWORD });
    return this;
  }

  async open(path: string) {
    const response = await this.page.goto(path);
    await this.live();
    return response;
  }

  async reload() {
    await this.page.reload();
    await this.live();
  }

  /** Until the page is hydrated; a page without script is as it is at once. */
  async live() {
    if (this.scripted) await expect(this.page.locator("html[data-hydrated=true]")).toBeAttached();
  }

  /** The form of a server function. */
  form(name: string): Locator {
    return this.page.locator(`form[action^="/api/${name}"]`);
  }

  /** Fills a form by the names of its fields, and sends it. */
  async send(form: Locator, fields: Record<string, string>) {
    for (const [name, value] of Object.entries(fields)) await this.fill(form, name, value);
    await form.locator("button:not([type=button]):not([formaction])").last().click();
  }

  async fill(form: Locator, name: string, value: string) {
    const field = form.locator(`[name="${name}"]`);
    if (await form.locator(`select[name="${name}"]`).count()) await field.selectOption(value);
    else if (await form.locator(`[name="${name}"][type=radio]`).count()) {
      await form.locator(`[name="${name}"][value="${value}"]`).check({ force: true });
    } else await field.fill(value);
  }

  async register(fields: { username?: string; password?: string } = {}) {
    await this.open("/register");
    await this.send(this.form("register"), { username: this.name, password: PASSWORD, ...fields });
  }

  /** Fills the login form of the page that is open. */
  async signIn(fields: { username?: string; password?: string } = {}) {
    await this.send(this.form("login"), { username: this.name, password: PASSWORD, ...fields });
  }

  async isIn() {
    await expect(this.page).not.toHaveURL(/\/(login|register)/);
    await this.live();
  }

  /** Writes a room post on its page, and is in the room afterwards. */
  async write(post: Post): Promise<string> {
    await this.open("/rooms/new");
    const { title, body = "", category = "general", tags = "" } = post;
    await this.send(this.form("create_room"), { title, body, category, tags });
    await expect(this.page).toHaveURL(/\/rooms\/\d+/);
    await this.live();
    return roomIn(this.page.url());
  }

  /** Makes a room without the page, for tests about something else. */
  async makeRoom(post: Post): Promise<string> {
    const room = await this.must("create_room", { body: "", category: "general", tags: "", visibility: "public", ...post });
    return String(room.id);
  }

  async enter(room: string) {
    await this.open(`/rooms/${room}`);
    await expect(this.log).toBeAttached();
  }

  get log(): Locator {
    return this.page.locator("[role=log]");
  }

  get composer(): Locator {
    return this.page.getByTestId("composer");
  }

  get draft(): Locator {
    return this.composer.locator("textarea[name=body]");
  }

  /** Says something in the room that is open, as people do: Enter on a keyboard, the button on a phone. */
  async say(text: string) {
    await this.draft.fill(text);
    if (this.scripted && !this.touch) await this.draft.press("Enter");
    else await this.composer.locator("button:not([type=button])").last().click();
  }

  message(text: string): Locator {
    return this.log.locator("article[data-state]").filter({ has: this.page.locator("[data-part=body]", { hasText: text }) });
  }

  /** Sees this message, once, confirmed by the server. */
  async sees(text: string) {
    await expect(this.message(text)).toHaveCount(1);
    await expect(this.message(text)).toHaveAttribute("data-state", "sent");
    await expect(this.message(text)).toBeVisible();
  }

  /** The conversation as it stands on the page. */
  conversation(): Promise<Message[]> {
    return this.log.locator("article[data-seq]").evaluateAll((articles) =>
      articles.map((article) => ({
        seq: article.getAttribute("data-seq") ?? "",
        text: article.querySelector("[data-part=body]")?.textContent?.trim() ?? "",
      })),
    );
  }

  /** Follows a link by a click, until the next page is there. */
  async follow(link: Locator) {
    const before = this.page.url();
    await link.click();
    await this.page.waitForURL((url) => url.href !== before);
    await this.live();
  }

  async connectionIs(...states: string[]) {
    await expect(this.page.getByTestId("connection").first()).toHaveAttribute("data-state", new RegExp(`^(${states.join("|")})$`));
  }

  /** Errors shown beside a form. */
  get alert(): Locator {
    return this.page.locator("[role=alert]").filter({ hasText: /\S/, visible: true }).first();
  }

  /** Chooses a language or a theme with the form that every page has. */
  async prefer(name: "lang" | "theme", value: string) {
    const forms = this.form("preferences");
    const named = forms.locator(`button[name="${name}"][value="${value}"]`);
    const hidden = forms.filter({ has: this.page.locator(`input[type=hidden][name="${name}"][value="${value}"]`) });
    await named.or(hidden.locator("button")).first().click();
  }
}

/** The id of the room whose page has this address. */
export function roomIn(url: string): string {
  const [, id] = /\/rooms\/(\d+)/.exec(url) ?? [];
  if (!id) throw new Error(`${url} is no room`);
  return id;
}

type Invite = (name: string, options?: { at?: string; locale?: string }) => Promise<Person>;
type Cast = { invite: Invite; alice: Person; bob: Person; mallory: Person; visitor: Person; shared: string };

/** Tests with a cast: alice, bob and mallory have accounts and sessions, the visitor has neither. */
export const test = base.extend<Cast>({
  baseURL: async ({}, use) => use(process.env.CHAT_E2E_URL),

  /** The address of the server that all tests share. */
  shared: async ({ baseURL }, use) => use(baseURL ?? ""),

  invite: async ({ browser, shared, javaScriptEnabled, hasTouch }, use) => {
    const people: Person[] = [];
    await use(async (name, { at = shared, ...options } = {}) => {
      const context = await browser.newContext({ baseURL: at, ...options });
      const suffix = crypto.randomUUID().slice(0, 8);
      const person = new Person(await context.newPage(), `${name}-${suffix}`, at, javaScriptEnabled !== false, hasTouch === true);
      people.push(person);
      return person;
    });
    await Promise.all(people.map((person) => person.context.close()));
    expect(people.flatMap((person) => person.allProblems)).toEqual([]);
  },

  alice: async ({ invite }, use) => use(await (await invite("alice")).arrive()),
  bob: async ({ invite }, use) => use(await (await invite("밥")).arrive()),
  mallory: async ({ invite }, use) => use(await (await invite("mallory")).arrive()),
  visitor: async ({ invite }, use) => use(await invite("visitor")),
});

/** A text that no other test uses. */
export function unique(text: string): string {
  return `${text} ${crypto.randomUUID().slice(0, 8)}`;
}
