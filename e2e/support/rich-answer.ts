/** An answer with every kind of Markdown. */
export const richAnswer = {
  tool: "Let me look that up in the documentation.",
  text: `## Mount the router

You need **three things**: a Prisma client, a model and a procedure builder. The router returns a plain *procedure record*, see [the tRPC docs](https://trpc.io/docs).

\`\`\`ts
import { createChatRouter } from "node-llm-trpc/server";

// The rest of your app stays as it is.
export const appRouter = t.router({
  chat: createChatRouter({ procedure: protectedProcedure, prisma, llm, models: ["gpt-4o-mini"], instructions: "Answer briefly." }),
});
\`\`\`

1. Add the models to \`schema.prisma\`.
2. Run the migration:
   - \`npx node-llm-trpc init\`
   - \`npx prisma migrate dev\`
3. Mount the router.

| Procedure | Kind | What it does |
| --- | :---: | --- |
| \`send\` | mutation | stores both messages and starts the answer |
| \`stream\` | subscription | delivers the answer from where you left off |
| \`stop\` | mutation | ends it in every tab and on every instance |

> Closing the tab stops nothing. The answer continues and is there when you come back.

- [x] Streaming
- [ ] Your own tools

That’s all. Averyveryveryveryveryveryveryveryveryveryveryveryveryverylongwordwithoutanyspace ends it.`,
} as const;
