import { createMemoryHub } from "node-llm-trpc/server";
import { createLanguageModel } from "./create-language-model.ts";
import { createPrisma } from "./prisma.ts";

function createServices() {
  return { prisma: createPrisma(), hub: createMemoryHub(), ...createLanguageModel() };
}

type Services = ReturnType<typeof createServices>;

declare global {
  var nodeLlmTrpcDemo: Services | undefined;
}

/**
 * What the process has one of: database client, hub, model. They stand on `globalThis`, since Next
 * holds several copies of a module (pages, route handlers, each reload in development).
 */
export function services(): Services {
  return (globalThis.nodeLlmTrpcDemo ??= createServices());
}
