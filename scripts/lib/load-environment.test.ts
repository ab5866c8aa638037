import { afterEach, expect, it, vi } from "vitest";

import { loadEnvironment } from "./load-environment.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

it("keeps variables that are set", () => {
  vi.stubEnv("DATABASE_URL", " file:./mine.db ");
  vi.stubEnv("PORT", "8080");
  expect(loadEnvironment()).toEqual({ databaseUrl: "file:./mine.db", port: 8080 });
});

it.each(["0", "65536", "80.5", "http"])("rejects PORT=%s", (port) => {
  vi.stubEnv("DATABASE_URL", "file:./mine.db");
  vi.stubEnv("PORT", port);
  expect(() => loadEnvironment()).toThrow(`PORT is "${port}", which is not a valid port.`);
});
