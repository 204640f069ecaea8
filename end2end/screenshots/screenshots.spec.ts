// Makes docs/*.png from the running program, with people who could be real, and the pictures of public/.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser } from "@playwright/test";
import { expect, Person, test } from "../support/person.ts";

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const docs = (name: string) => file(`docs/${name}.png`);

const POSTS = [
  ["윤지", "life", "주말 아침 한강 러닝, 천천히 5 km", "토요일 7시 반 잠원 나들목. 6분 30초 페이스로 이야기하면서 뜁니다. 비가 오면 방에서 미리 알려요.", "러닝, 한강"],
  ["maya", "music", "One album a week, start to finish", "Every Friday we pick a record, listen to it in one go and talk about it. No skipping, strong opinions welcome.", "albums, listening"],
  ["도현", "games", "협동 게임 같이 할 분, 초보 환영", "퇴근 후 열 시쯤. 이기는 것보다 웃는 게 먼저예요. 음성은 자유.", "협동, 저녁"],
  ["sam", "study", "Reading “Designing Data-Intensive Applications”", "One chapter every two weeks. We are at replication; joining late is fine, the notes are all in here.", "books, databases"],
  ["지호", "local", "서울 동네 카페 지도, 같이 채워요", "콘센트 **넉넉하고** 오래 앉아도 눈치 안 보이는 곳 위주로 모아요. 직접 가 본 곳만, 구 이름을 먼저 적어 주세요.", "카페, 작업하기좋은"],
  ["한결", "tech", "Rust로 게임 서버 짜는 사람들", "틱 루프, 네트코드, ECS. 질문은 코드와 함께 올려 주세요. Questions in English are fine too.\n\n목요일 밤 9시에는 한 주 동안 만든 것을 서로 보여 줍니다.", "rust, netcode"],
];
const GREETINGS: Record<string, string> = {
  life: "토요일에 봐요!",
  music: "My pick for Friday is in the list.",
  games: "오늘 밤 열 시, 저 돼요",
  study: "Notes for chapter five are up.",
  local: "마포구 두 곳 더 다녀왔어요. 저녁에 올릴게요",
};
/** Who says what, and which message of the talk it answers. */
const TALK: [name: string, body: string, answers?: number][] = [
  ["한결", "이번 주에 스냅숏 보간을 다시 썼는데, 체감 지연이 `120ms`에서 절반으로 줄었어요."],
  ["한결", "핵심은 이 한 줄이에요:\n\n```rust\nlet t = clock.render_time() - INTERP_DELAY;\n```"],
  ["지호", "오 좋네요. 패킷이 빠지면 어떻게 돼요? 외삽도 하나요?"],
  ["한결", "두 틱까지만 외삽하고, 그다음엔 멈춰요. 멈춘 게 틀린 것보다 낫더라고요.", 3],
  ["maya", "Same here: we froze after 100 ms and nobody complained. Extrapolating around corners did get complaints 😅"],
  ["윤지", "혹시 입력은 어떻게 다시 맞춰요? 저는 롤백에서 막혀 있어요"],
  ["한결", "입력 번호를 같이 보내고, 서버가 확인한 번호 다음부터 다시 적용해요. 예제는 https://example.org/rollback 에 있어요.", 6],
  ["sam", "That page is *exactly* what I needed last month. Thank you!"],
  ["윤지", "감사합니다!"],
];

const REACTIONS: [name: string, target: number, emoji: string][] = [
  ["지호", 1, "👏"],
  ["maya", 1, "👏"],
  ["sam", 1, "🚀"],
  ["윤지", 7, "🙏"],
];
const PHONE = { width: 390, height: 844 };

const meet = async (browser: Browser, url: string, name: string, theme: "light" | "dark") =>
  new Person(await (await browser.newContext({ baseURL: url, colorScheme: theme })).newPage(), name, url, true, false);

test("the lobby and a room, light and dark", async ({ browser, shared }) => {
  const people = new Map<string, Person>();
  for (const name of new Set([...POSTS, ...TALK].map(([name]) => name))) {
    people.set(name, await (await meet(browser, shared, name, "light")).arrive());
  }
  let room = "";
  for (const [name, category, title, body, tags] of POSTS) {
    room = await people.get(name)!.makeRoom({ title, body, category, tags });
    if (title !== POSTS.at(-1)![2]) {
      for (const other of people.values()) if (other.name !== name) await other.must("post_message", { room, body: GREETINGS[category] });
    }
  }
  for (const [name, body, answers] of TALK) {
    await people.get(name)!.must("post_message", { room, body, ...(answers && { reply_to: answers }) });
  }
  for (const [name, target, emoji] of REACTIONS) await people.get(name)!.must("react", { room, target, emoji, on: true });
  await people.get("한결")!.must("set_role", { room, username: "지호", role: "moderator" });
  await people.get("윤지")!.must("post_message", { room, body: "오늘 밤에 해 보고 목요일에 보여 드릴게요 🙌" });

  const reader = people.get("지호")!;
  for (const theme of ["light", "dark"] as const) {
    await reader.must("preferences", { lang: "ko", theme });
    await reader.open("/");
    await expect(reader.page.locator("article[data-room]").first()).toBeVisible();
    await reader.page.screenshot({ path: docs(`lobby-${theme}`) });
    await reader.enter(room);
    await reader.connectionIs("online");
    await reader.page.screenshot({ path: docs(`room-${theme}`) });
  }
  const phone = await meet(browser, shared, "지호", "light");
  await phone.context.addCookies(await reader.context.cookies());
  await phone.page.setViewportSize(PHONE);
  await phone.must("preferences", { lang: "ko", theme: "light" });
  await phone.open("/");
  await phone.page.screenshot({ path: docs("lobby-phone") });
  await phone.enter(room);
  await phone.connectionIs("online");
  await phone.page.screenshot({ path: docs("room-phone") });
  await phone.must("preferences", { lang: "en", theme: "dark" });
  await phone.open("/");
  await phone.page.screenshot({ path: docs("lobby-phone-dark") });
  await phone.enter(room);
  await phone.connectionIs("online");
  await phone.page.screenshot({ path: docs("room-phone-dark") });
  for (const person of [...people.values(), phone]) await person.context.close();
});

test("the picture beside a preview on other sites", async ({ browser }) => {
  const page = await browser.newPage({ viewport: { width: 1200, height: 630 } });
  const icon = readFileSync(file("public/favicon.svg"), "utf8");
  await page.setContent(`<style>
    body { display: flex; align-items: center; justify-content: center; gap: 56px; height: 100vh; margin: 0; background: #faf9f7; }
    svg { width: 260px; height: 260px; }
    b { font: 700 112px/1.1 system-ui, sans-serif; letter-spacing: -0.02em; color: #1d1b18; }
  </style>${icon}<b>Chat Chat</b>`);
  await page.screenshot({ path: file("public/preview.png") });
  await page.close();
});

test("the icon, for systems that take no drawings", async ({ browser }) => {
  const icon = readFileSync(file("public/icon.svg"), "utf8");
  for (const [name, size] of [["icon-192", 192], ["icon-512", 512], ["apple-touch-icon", 180]] as const) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    await page.setContent(`<style>body { margin: 0 } svg { display: block; width: ${size}px; height: ${size}px }</style>${icon}`);
    await page.screenshot({ path: file(`public/${name}.png`) });
    await page.close();
  }
});

test("the icon that is asked for by its name", async ({ browser }) => {
  const size = 32;
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const icon = readFileSync(file("public/favicon.svg"), "utf8");
  await page.setContent(`<style>body { margin: 0 } svg { display: block; width: ${size}px; height: ${size}px }</style>${icon}`);
  const picture = await page.screenshot({ omitBackground: true });
  // One picture: its size in pixels, planes and bits, then its size in bytes and where it begins.
  const head = Buffer.alloc(22);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(1, 4);
  head.set([size, size], 6);
  head.writeUInt16LE(1, 10);
  head.writeUInt16LE(32, 12);
  head.writeUInt32LE(picture.length, 14);
  head.writeUInt32LE(head.length, 18);
  writeFileSync(file("public/favicon.ico"), Buffer.concat([head, picture]));
  await page.close();
});
