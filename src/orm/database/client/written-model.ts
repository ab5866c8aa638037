import type { PrismaInternals } from "./prisma-client-like.ts";

/** The lines of a model in the text of the Prisma schema, which the client has with it; empty when it is not there. */
export function writtenModel(client: PrismaInternals, model: string): readonly string[] {
  const text = client._engineConfig?.inlineSchema ?? "";
  const block = new RegExp(`^\\s*model\\s+${model}\\s*\\{([^]*?)^\\s*\\}`, "m").exec(text);
  return block?.[1]?.split("\n") ?? [];
}
