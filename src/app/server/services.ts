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
 * Returns the singletons of this process: database client, hub, drain and model. They are stored on
 * `globalThis`, because Next loads a module several times (pages, route handlers, each reload in
 * development).
 */
export function services(): Services {
  return (globalThis.nodeLlmTrpcDemo ??= createServices());
}
