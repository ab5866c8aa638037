import { createRedisHub } from "node-llm-trpc/redis";
import { createDrain, createMemoryHub } from "node-llm-trpc/server";
import { createLanguageModel } from "./create-language-model.ts";
import { createPrisma } from "./prisma.ts";

function createServices() {
  const redisUrl = process.env["REDIS_URL"]?.trim() ?? "";
  const hub = redisUrl === "" ? createMemoryHub() : createRedisHub({ url: redisUrl });
  return { prisma: createPrisma(), hub, drain: createDrain(), ...createLanguageModel() };
}

type Services = ReturnType<typeof createServices>;

declare global {
  var nodeLlmTrpcDemo: Services | undefined;
}

/**
 * What the process has one of: database client, hub, drain, model. They stand on `globalThis`, since Next
 * holds several copies of a module (pages, route handlers, each reload in development).
 */
export function services(): Services {
  return (globalThis.nodeLlmTrpcDemo ??= createServices());
}
