// Two people with two browsers, against the release build; see support/global.ts for the server.

import { defineConfig } from "@playwright/test";
import { launch } from "./support/chromium.mjs";

const desktop = { viewport: { width: 1280, height: 800 }, locale: "en-US" };
const phone = { viewport: { width: 390, height: 844 }, locale: "ko-KR", hasTouch: true, isMobile: true };

export default defineConfig({
  testDir: "tests",
  globalSetup: "./support/global.ts",
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  workers: 2,
  retries: 0,
  reporter: "list",
  timeout: 60_000,
  expect: { timeout: 15_000 },
  use: { browserName: "chromium", launchOptions: launch, colorScheme: "light", timezoneId: "Asia/Seoul", trace: "retain-on-failure" },
  projects: [
    { name: "desktop-en", testIgnore: /no_script|mobile/, use: desktop },
    { name: "phone-ko", testMatch: /tests\/(two_people_chat|auth|mobile|permalink|input_method|drafts|message_menu|long_text|completion|lobby|writing|members|admin)\.spec/, use: phone },
    { name: "no-script", testMatch: /no_script/, use: { ...desktop, javaScriptEnabled: false } },
    ...(process.env.CHAT_SCREENSHOTS ? [{ name: "screenshots", testDir: "screenshots", use: desktop }] : []),
  ],
});
