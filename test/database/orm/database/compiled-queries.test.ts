import { createLLM } from "@node-llm/core";
import { expect, it, vi } from "vitest";

import { Prisma } from "../../../../generated/sqlite/client.ts";
import { createChat, loadChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaInternals } from "../../../../src/orm/database/client/prisma-client-like.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";

/** What Prisma 7 loads to compile queries. */
interface Compiler {
  readonly getRuntime: () => Promise<{
    readonly QueryCompiler: {
      readonly prototype: {
        compile: (query: string) => object;
        compileBatch: (all: string) => object;
      };
    };
  }>;
}

describeEveryDatabase((_name, open) => {
  const isPrisma6 = Prisma.prismaVersion.client.startsWith("6.");
  it.skipIf(isPrisma6)(
    `answers compile each query once, and no lists${isPrisma6 ? " (skipped: Prisma 6 keeps nothing that it has compiled)" : ""}`,
    async () => {
      const { prisma } = await open();
      // Internals of the client, which its type does not show.
      const internals = prisma as unknown as PrismaInternals;
      const compiler = internals._engineConfig?.compilerWasm as Compiler | undefined;
      const { prototype } = (await compiler?.getRuntime())?.QueryCompiler ?? {};
      if (prototype === undefined)
        throw new Error("This version of Prisma compiles in another way.");
      const compiled = vi.spyOn(prototype, "compile");
      const lists = vi.spyOn(prototype, "compileBatch");
      const llm = createLLM({
        provider: createScriptedProvider([["One."], ["Two."], ["Three."], ["Four."]]),
      });
      const { id } = await createChat(prisma, llm, { model: "gpt-4o" });
      const ask = async (content: string): Promise<void> => {
        const chat = await loadChat(prisma, llm, id);
        await chat?.ask(content);
      };
      for (const question of ["A question", "Another one", "A third one", "The last one"])
        await ask(question);
      expect(lists.mock.calls).toEqual([]);
      // Prisma never keeps those, because what it compiles depends on the number of their values.
      const kept = compiled.mock.calls
        .map(([text]) => text)
        .filter((text) => !text.includes('"action":"createMany"'));
      expect(kept).not.toEqual([]);
      expect(kept).toEqual([...new Set(kept)]);
      expect(await (await loadChat(prisma, llm, id))?.messages()).toHaveLength(8);
    },
  );
});
