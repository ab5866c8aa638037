import type { IncomingMessage } from "node:http";
import { request } from "node:http";
import { text } from "node:stream/consumers";

import { expect, test } from "./support/fixtures.ts";
import { startDemo } from "./support/start-demo.ts";

interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Asks for a page, with headers that a browser would not let a page set. */
async function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { headers }, resolve).on("error", reject).end();
  });
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

const nonceOf = ({ headers }: Reply): string =>
  /'nonce-([^']+)'/.exec(String(headers["content-security-policy"]))?.[1] ?? "";

test("only names of this machine are answered, on pages and in the API", async ({ demo }) => {
  const { host, port } = new URL(demo.url);
  for (const path of ["/", "/usage", "/api/trpc/chat.models", "/none"]) {
    for (const name of ["evil.example", `evil.example:${port}`, `127.0.0.1.nip.io:${port}`]) {
      const reply = await get(demo.url + path, { host: name });
      expect(reply.status, `${name}${path}`).toBe(403);
      expect(reply.body).toContain("set HOST");
    }
  }
  for (const name of [host, `localhost:${port}`, `[::1]:${port}`])
    expect((await get(`${demo.url}/api/trpc/chat.models`, { host: name })).status).toBe(200);
});

test("each page has a nonce of its own, and all its scripts have it", async ({ demo }) => {
  const nonces = new Set<string>();
  for (const path of ["/", "/usage", "/chats/none", "/none"]) {
    const reply = await get(demo.url + path, { "x-nonce": "guessed" });
    const nonce = nonceOf(reply);
    expect(nonce).toMatch(/^[\w+/]{22}==$/);
    nonces.add(nonce);
    const scripts = reply.body.match(/<script\b[^>]*>/g) ?? [];
    expect(scripts.length, path).toBeGreaterThan(1);
    for (const script of scripts) expect(script).toContain(`nonce="${nonce}"`);
  }
  expect(nonces.size).toBe(4);
});

test("a script that somebody injects does not run", async ({ page, problems }) => {
  problems.allow(/Content Security Policy/);
  await page.goto("/");
  const ran = await page.evaluate(async () => {
    const log: string[] = [];
    Object.assign(globalThis, { injected: (name: string) => log.push(name) });
    const place = document.body.appendChild(document.createElement("div"));
    for (const html of [
      `<img src="data:," onerror="injected('handler')">`,
      `<a href="javascript:injected('link')">link</a>`,
    ]) {
      const violation = new Promise((resolve) =>
        addEventListener("securitypolicyviolation", resolve, { once: true }),
      );
      place.innerHTML = html;
      place.querySelector("a")?.click();
      await violation;
    }
    place.innerHTML = `<iframe srcdoc="<script>parent.injected('script')</script>"></iframe>`;
    await new Promise((resolve) =>
      place.querySelector("iframe")?.addEventListener("load", resolve),
    );
    return log;
  });
  expect(ran).toEqual([]);
});

test("with DEMO_PASSWORD, browsers ask for it before anything is shown", async ({ browser }) => {
  const demo = await startDemo({ DEMO_PASSWORD: "correct horse" });
  try {
    for (const path of ["/", "/usage", "/api/trpc/chat.models"]) {
      const reply = await get(demo.url + path);
      expect(reply.status).toBe(401);
      expect(reply.headers["www-authenticate"]).toContain("Basic");
      expect(reply.body).not.toContain("<");
    }
    const wrong = Buffer.from("anna:wrong").toString("base64");
    expect((await get(demo.url, { authorization: `Basic ${wrong}` })).status).toBe(401);

    const context = await browser.newContext({
      httpCredentials: { username: "anna", password: "correct horse" },
    });
    const page = await context.newPage();
    await page.goto(demo.url);
    await page.getByRole("textbox", { name: "Message" }).fill("Hello");
    await page.keyboard.press("Enter");
    await expect(page.locator('[data-role="assistant"][data-status="complete"]')).toBeVisible();
    await context.close();
    expect(demo.takeErrors()).toBe("");
  } finally {
    await demo.close();
  }
});
