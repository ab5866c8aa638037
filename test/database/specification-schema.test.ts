import { createLLM } from "@node-llm/core";
import { initTRPC } from "@trpc/server";
import { expect, it } from "vitest";

import { createChatRouter } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { describeSchema } from "../support/databases/describe-schema.ts";
import { persistenceContract } from "../support/databases/persistence-contract.ts";
import { specificationModels } from "../support/databases/specification-models.ts";

describeSchema("the specification's models, verbatim,", specificationModels, (open) => {
  persistenceContract(open, { isExtended: false });

  it("lack columns that the router needs, and its error says which and how to add them", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    const create = (): unknown =>
      createChatRouter({ procedure: initTRPC.create().procedure, prisma, llm, scope: "everyone" });
    expect(create).toThrow(
      expect.objectContaining({
        name: "ChatError",
        code: "SCHEMA_MISMATCH",
        message: expect.stringMatching(
          /LlmMessageChunk, .*LlmChat\.title, .*LlmMessage\.turnLock.*LlmRequest\.errorCode.*node-llm-trpc sync/s,
        ),
      }),
    );
  });
});
