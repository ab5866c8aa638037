import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { loadEnvironment } from "./load-environment.ts";

beforeEach(() => {
  // What a developer's `.env` sets would stay for other tests.
  vi.spyOn(process, "loadEnvFile").mockReturnValue();
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it("keeps variables that are set", () => {
  vi.stubEnv("DATABASE_URL", " file:./mine.db ");
  vi.stubEnv("PORT", "8080");
  vi.stubEnv("HOST", "");
  expect(loadEnvironment()).toEqual({
    databaseUrl: "file:./mine.db",
    host: "127.0.0.1",
    port: 8080,
  });
});

it.each(["0", "65536", "80.5", "http"])("rejects PORT=%s", (port) => {
  vi.stubEnv("DATABASE_URL", "file:./mine.db");
  vi.stubEnv("PORT", port);
  expect(() => loadEnvironment()).toThrow(`PORT is "${port}", which is not a valid port.`);
});

it("rejects a HOST that others can reach while a real model has no password", () => {
  vi.stubEnv("DATABASE_URL", "file:./mine.db");
  vi.stubEnv("PORT", "8080");
  vi.stubEnv("HOST", "0.0.0.0");
  vi.stubEnv("OPENAI_API_KEY", "sk-test");
  vi.stubEnv("NODELLM_PROVIDER", "");
  expect(() => loadEnvironment()).toThrow(/Set DEMO_PASSWORD/);
  vi.stubEnv("DEMO_PASSWORD", "secret");
  expect(loadEnvironment()).toMatchObject({ host: "0.0.0.0" });
});
