import { createTRPCClient, unstable_localLink } from "@trpc/client";
import { initTRPC } from "@trpc/server";
import { expect, test } from "vitest";
import { readClientPath } from "./read-client-path.ts";

const t = initTRPC.create();
const chat = t.router({ list: t.procedure.query(() => "") });
const router = t.router({ chat, ai: t.router({ chat }) });
const client = createTRPCClient<typeof router>({
  links: [unstable_localLink({ router, createContext: async () => ({}) })],
});

test("tRPC's own client tells where it is", () => {
  expect(readClientPath(client.chat)).toBe("chat");
  expect(readClientPath(client.ai.chat)).toBe("ai.chat");
  expect(readClientPath(client)).toBe("");
});

test("any other client does not", () => {
  expect(readClientPath({})).toBeNull();
  expect(readClientPath(Object.create(null))).toBeNull();
});
