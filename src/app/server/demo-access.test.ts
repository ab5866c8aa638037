import { expect, it } from "vitest";
import { checkDemoAccess, isLoopback, refuseRequest } from "./demo-access.ts";

const password = "correct horse: battery ü";
const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString("base64")}`;

it.each(["localhost", "app.localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]", "LOCALHOST"])(
  "knows that %s is this machine",
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

it.each([
  "0.0.0.0",
  "::",
  "evil.example",
  "localhost.evil.example",
  "127.0.0.1.nip.io",
  "1127.0.0.1",
  "192.168.1.2",
  "",
])("knows that %s is not", (host) => {
  expect(isLoopback(host)).toBe(false);
});

it("needs a password for a real model that others can reach", () => {
  const OPENAI_API_KEY = "sk-test";
  expect(() => checkDemoAccess({ HOST: "0.0.0.0", OPENAI_API_KEY })).toThrow(/DEMO_PASSWORD/);
  expect(() => checkDemoAccess({ HOST: "::", OLLAMA_API_BASE: "http://h" })).toThrow(/ollama/);
  for (const environment of [
    {},
    { OPENAI_API_KEY },
    { HOST: " ", OPENAI_API_KEY },
    { HOST: "localhost", OPENAI_API_KEY },
    { HOST: "0.0.0.0" },
    { HOST: "0.0.0.0", OPENAI_API_KEY, NODELLM_PROVIDER: "offline" },
    { HOST: "0.0.0.0", OPENAI_API_KEY, DEMO_PASSWORD: password },
  ])
    expect(() => checkDemoAccess(environment), JSON.stringify(environment)).not.toThrow();
});

it("refuses foreign names while it is for this machine alone", async () => {
  for (const host of ["evil.example:3000", "127.0.0.1.nip.io", "192.168.1.2:3000", "", "a b"]) {
    const refusal = refuseRequest(new Headers({ host }), {});
    expect(refusal?.status, host).toBe(403);
    expect(await refusal?.text()).toContain("set HOST");
  }
  for (const host of ["localhost:3000", "127.0.0.1:3000", "[::1]:3000", "localhost"])
    expect(refuseRequest(new Headers({ host }), {}), host).toBeNull();
  const foreign = new Headers({ host: "chat.example" });
  expect(refuseRequest(foreign, { HOST: "0.0.0.0" })).toBeNull();
});

it("asks for the password, with any user name", () => {
  const environment = { HOST: "0.0.0.0", DEMO_PASSWORD: ` ${password} ` };
  const status = (authorization?: string) => {
    const headers = new Headers({ host: "chat.example", ...(authorization && { authorization }) });
    return refuseRequest(headers, environment)?.status;
  };
  expect(status(basic(`anna:${password}`))).toBeUndefined();
  expect(status(basic(`:${password}`))).toBeUndefined();
  for (const wrong of [
    undefined,
    "",
    "Basic",
    "Basic !",
    `Bearer ${password}`,
    basic("anna:"),
    basic(`anna:${password}x`),
    basic(`anna:${password.slice(1)}`),
    basic("anna"),
  ])
    expect(status(wrong), wrong).toBe(401);
});
