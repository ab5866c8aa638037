import type { CuratedAnswer } from "./passage.ts";
import { detailAnswers } from "./detail-answers.ts";

const code = (language: string, ...lines: readonly string[]): string =>
  ["```" + language, ...lines, "```"].join("\n");

export const curatedAnswers: readonly CuratedAnswer[] = [
  {
    asks: [
      "How do I mount the chat router in my tRPC app?",
      "How do I add the router to Next.js or T3?",
      "createChatRouter setup example",
    ],
    document: "README.md",
    heading: "2. Mount the router",
    text: `Call \`createChatRouter\` with your own procedure builder, your Prisma client and an LLM, and put the result into your router:

${code(
  "ts",
  'import { createLLM } from "@node-llm/core";',
  'import { createChatRouter } from "node-llm-trpc/server";',
  "",
  "export const appRouter = router({",
  "  chat: createChatRouter({",
  "    procedure: protectedProcedure, // your context, auth and errors",
  "    prisma,",
  '    llm: createLLM({ provider: "openai" }),',
  "    scope: ({ ctx }) => ({ userId: ctx.user.id }), // whose chats",
  '    models: ["gpt-4o", "gpt-4o-mini"],',
  "  }),",
  "});",
)}

It returns a plain record of procedures, typed over your builder. Next come the hooks: \`createChatHooks\`.`,
  },
  {
    asks: [
      "What happens when the process is killed?",
      "What if the server crashes or restarts in the middle of an answer?",
      "Does an answer survive kill -9?",
      "How does recovery work?",
    ],
    document: "docs/guarantees.md",
    heading: "3. A killed process loses at most 250 ms of text",
    text: `A killed process loses **at most 250 ms of text**, and no message and no id.

- The answer's id was committed before the provider was called, and its text is saved while it streams.
- Within **10 seconds** every page shows the answer as \`interrupted\`, with the text that was saved.
- Retry and the next message work right away.

Try it here: stop this server with Ctrl+C in the middle of an answer, and start it again.`,
  },
  {
    asks: [
      "What happens if I open a second tab?",
      "What if I open two tabs or windows?",
      "Does a second tab or device show the same answer live?",
      "Do several tabs stay in sync?",
    ],
    document: "docs/hooks.md",
    heading: "Updates from elsewhere",
    text: `The second tab shows the same chat, **live**: the answer as it streams, and everything else that changes, such as titles, versions, approvals and deletion.

- It starts with the text so far and misses nothing after that.
- **Stop** works from any tab. Closing a tab stops nothing.
- The tabs of one browser share their connections, so many tabs don't run into the browser's limit.

Try it: copy the address of this page into a new tab while I write.`,
  },
  {
    asks: [
      "How do I stop an answer?",
      "How do I stop an answer from another tab?",
      "Does closing the tab cancel the answer?",
    ],
    document: "docs/guarantees.md",
    heading: "5. Stop works from everywhere, and only Stop stops",
    text: `Call \`stop()\` of \`useChat\`, or the procedure \`stop({ messageId })\`. It works from any tab and any instance, closes the provider's connection, and keeps the text, so you pay for no more tokens.

Only Stop stops. When you close a tab, reload or lose the connection, the answer goes on and is there when you come back.`,
  },
  {
    asks: [
      "How do I use the useChat hook?",
      "How do I render messages in React?",
      "How do I create the hooks on the client?",
    ],
    document: "docs/hooks.md",
    heading: "useChat",
    text: `Make the hooks once, then use them like any other:

${code(
  "tsx",
  "export const { useAttachment, useChat, useChatList, useUsage } = createChatHooks(",
  "  () => trpc.useUtils().client.chat,",
  ");",
  "",
  "const { messages, sendMessage, stop, status, error } = useChat({ chatId });",
)}

\`messages\` are the messages of the chat, oldest first, and grow while an answer streams. \`status\` is \`ready\`, \`submitted\`, \`streaming\` or \`error\`. Your client needs a link for subscriptions, such as \`httpSubscriptionLink\`.`,
  },
  {
    asks: [
      "How do I install it?",
      "How do I get started?",
      "How do I begin with a new project?",
      "What are the installation steps?",
    ],
    document: "README.md",
    heading: "1. Install",
    text: `${code(
      "bash",
      "npm install node-llm-trpc @node-llm/core @trpc/server @trpc/client @tanstack/react-query zod",
      "npx node-llm-trpc init      # writes the Prisma models",
      "npx prisma migrate dev --name node_llm_trpc && npx prisma generate",
      "npx node-llm-trpc doctor    # lists what is still missing",
    )}

Then mount the router, create the hooks and render the chat. You need Node.js 20.19 or newer and Prisma.`,
  },
  {
    asks: [
      "Which providers and models can I use?",
      "How do I use OpenAI, Anthropic, Gemini or Ollama?",
      "Where do I put my API key?",
    ],
    document: "docs/providers.md",
    heading: "Keys and base URLs",
    text: `All of NodeLLM's: OpenAI, Anthropic, Gemini, DeepSeek, Mistral, xAI, OpenRouter and Ollama. Set the key in the environment (\`OPENAI_API_KEY\`, \`ANTHROPIC_API_KEY\`, \`GEMINI_API_KEY\`, …) or pass it to \`createLLM\`:

${code("ts", 'const llm = createLLM({ provider: "anthropic" });')}

\`models\` of \`createChatRouter\` lists what a client may choose. In this demo, set a key and restart: \`OPENAI_API_KEY=sk-… npm start\`.`,
  },
  {
    asks: [
      "How do I give the model tools?",
      "How do tool calls and functions work?",
      "How do I define a tool?",
    ],
    document: "docs/providers.md",
    heading: "Tools",
    text: `Pass NodeLLM's tools to the router, as classes, instances or definitions with a \`handler\`:

${code("ts", "createChatRouter({ ...options, tools: [WeatherTool] });")}

The arguments are validated before a tool runs, and what is invalid goes back to the model, which can correct itself. Each call is a row in the database and a part of the message, with its status and result: I look things up with a real tool call, as you can see above.`,
  },
  {
    asks: [
      "How do I ask for approval before a tool runs?",
      "How does tool approval work?",
      "human in the loop for tools",
    ],
    document: "docs/router.md",
    heading: "Tool approval",
    text: `Name the tools in \`needsApproval\`, or decide for each call with a function. The message then waits with the status \`awaiting_approval\`, until somebody decides with \`respondToTool\`, from any tab.

Nothing is held in memory while it waits: you may reload the page, restart the server or take a day. Afterwards the same message goes on under the same id, and a denied call tells the model why.

Try it: write “Send feedback: I like that you ask first”.`,
  },
  {
    asks: [
      "How do I keep each user's chats apart?",
      "How do I make sure users only see their own chats?",
      "What is scope?",
      "How do I add authentication?",
      "How does authorization work?",
    ],
    document: "docs/router.md",
    heading: "Scope",
    text: `With \`scope\`, which is required. It returns columns of the chat's row; they filter every query and are set on every new chat:

${code("ts", "scope: ({ ctx }) => ({ userId: ctx.user.id }),")}

A chat outside the scope gives the same \`NOT_FOUND\` as one that doesn't exist, in every procedure. Your own procedure builder does the authentication.`,
  },
  {
    asks: [
      "How do I limit what users spend?",
      "How do I set a budget or quotas?",
      "How do I keep costs under control?",
      "Are there rate limits?",
    ],
    document: "docs/limits.md",
    heading: "Budget",
    text: `With \`budget\`, which returns what a scope may spend in a calendar period, in dollars or tokens:

${code("ts", 'budget: ({ ctx }) => (ctx.user.isAdmin ? "unlimited" : { usd: 5, per: "day" }),')}

The database reserves before each call and settles after it, so at most one answer goes over the budget, on however many instances.

\`limits\` are on by default: 4 answers at once, 30 answers and 30 new chats a minute. What is refused is a \`TOO_MANY_REQUESTS\` that says when to try again.`,
  },
  {
    asks: [
      "How do I see tokens and cost?",
      "How is usage tracked?",
      "How much does an answer cost?",
      "How are costs calculated?",
    ],
    document: "docs/persistence.md",
    heading: "Cost",
    text: `Every provider call is a row with its real duration, tokens and cost, failed and stopped ones included.

- Each message has its \`usage\`: tokens and dollars.
- \`stats({ chatId })\` adds up a chat, \`usage\` groups by day, model or chat, and \`useUsage\` is the hook for it.

Unknown prices are null, never 0. This demo's **Usage** page, at the bottom of the list, shows them.`,
  },
  {
    asks: [
      "How is a message stored in the database?",
      "What does the Prisma schema look like? Which tables and models",
      "Where is my data kept?",
    ],
    document: "docs/persistence.md",
    heading: "Models",
    text: `In your own database, in tables of your own Prisma schema: \`LlmChat\`, \`LlmMessage\`, \`LlmToolCall\` and \`LlmRequest\`, and a log of the answer in progress.

One transaction stores the question and the empty answer before the provider is called. While the answer streams, its text is saved at least every 250 ms. \`npx node-llm-trpc init\` writes the models.`,
  },
  {
    asks: [
      "How do I run several instances?",
      "Does it scale horizontally? Do I need Redis?",
      "How do I use Redis with createRedisHub?",
      "What is a hub?",
    ],
    document: "docs/router.md",
    heading: "Several instances",
    text: `They need nothing but the same database: a reader on another instance gets the text at most half a second late. With Redis there is no delay:

${code("ts", 'const hub = createRedisHub({ url: "redis://127.0.0.1:6379" });', "createChatRouter({ ...options, hub });")}

Redis may be lost at any time. Readers then go on with the database, and nothing is lost or doubled.`,
  },
  {
    asks: [
      "Vercel",
      "Does it work on Vercel and other serverless platforms?",
      "How do I deploy it serverless?",
    ],
    document: "docs/operations.md",
    heading: "Serverless",
    text: `Yes. An answer is produced after the response to \`send\`, so tell the platform to wait for it:

${code("ts", 'import { after } from "next/server";', "", "createChatRouter({ ...options, background: (answer) => after(answer) });")}

Set \`maxDuration\` of the route to the longest answer that you expect. An answer that is cut off becomes \`interrupted\` and keeps its text.`,
  },
  {
    asks: [
      "How do I deploy without losing answers?",
      "What about graceful shutdown and SIGTERM?",
      "What is a drain?",
      "How do I deploy a new version while answers stream?",
    ],
    document: "docs/operations.md",
    heading: "Shutdown",
    text: `Give the router a \`drain\` (\`createDrain()\`) and start it at \`SIGTERM\`:

${code("ts", 'process.on("SIGTERM", async () => {', "  await drain.start({ timeout: 25_000 });", "  server.close();", "});")}

The process takes no new answers, lets those in progress end, and interrupts the rest with all of their text.`,
  },
  {
    asks: [
      "How do I edit a message or regenerate an answer?",
      "How do branches and versions work?",
    ],
    document: "docs/router.md",
    heading: "Procedures",
    text: `- \`regenerate\` makes another answer to the same question.
- \`send\` with a \`parentId\` asks in another way, and begins a branch.
- \`selectBranch\` goes back to an earlier version. Nothing is deleted.

\`useChat\` has \`regenerate\`, \`editMessage\` and \`selectBranch\`; each message says how many siblings it has. In this demo, use the pencil below your message, and the arrows next to “2/2”.`,
  },
  {
    asks: ["How do I send images and files?", "Which attachments are supported?"],
    document: "docs/attachments.md",
    heading: "What is accepted",
    text: `Pass \`attachments\` to \`sendMessage\`: images (PNG, JPEG, GIF, WebP), PDF, text and JSON, as \`data:\` URLs, 10 per message. \`limits\` of the router changes what is accepted.

They are stored apart from the message, in the database or in a storage of your own, and \`useAttachment\` reads them. Paths and web addresses are refused, so a client can't make the server fetch anything.`,
  },
  {
    asks: [
      "What happens if the connection is lost?",
      "Does a stream resume after a reload or a reconnect?",
      "Can I reload the page while an answer streams?",
    ],
    document: "docs/guarantees.md",
    heading: "2. Text on a screen never shrinks and never doubles",
    text: `The answer goes on at the server, and the page catches up by itself: after a reload, a lost connection or a laptop's sleep. It is sent what it lacks and nothing else, so text never shrinks and never doubles.

\`connection\` of \`useChat\` tells whether it is \`live\`, \`reconnecting\` or \`lost\`. Try it: reload this page while I write.`,
  },
  {
    asks: [
      "How are errors handled?",
      "Which error codes are there? What can go wrong?",
      "How do I show errors to the user and retry?",
    ],
    document: "docs/errors.md",
    heading: "Errors",
    text: `A refused call is a tRPC error, such as \`CONFLICT\`. A failed answer is a message with \`status: "failed"\` and an \`error\` that has a \`code\`, a message that is safe to show, and \`retryable\`.

\`useChat\` has both in \`error\`, and \`regenerate()\` tries again. What the provider said exactly goes to \`onError\` of the router, never to a client.`,
  },
  {
    asks: [
      "How do I test it?",
      "How do I test my app with it?",
      "Is there a fake or mock provider for tests?",
    ],
    document: "docs/testing.md",
    heading: "A scripted provider",
    text: `\`node-llm-trpc/testing\` has what your tests need:

- \`createScriptedProvider\` plays a script: text, tool calls, delays and errors. It can \`hold\` in the middle until your test says so.
- \`createTestDatabase\` makes an empty SQLite database.

So your tests need no key, no network and no sleep.`,
  },
  {
    asks: [
      "Can I use it without React or Next.js?",
      "Does it work in a script, a worker or with plain Node?",
      "Does it work with Express?",
      "Does it work with Vue or Svelte?",
      "Does it work with React Native?",
    ],
    document: "README.md",
    heading: "Without React, without Next.js",
    text: `Yes. The router runs on any tRPC server, such as \`createHTTPServer\`, and every tRPC client can call it. In scripts and workers you don't need tRPC either:

${code("ts", 'import { createChat } from "node-llm-trpc/orm";', "", 'const chat = await createChat(prisma, llm, { model: "gpt-4o" });', 'const message = await chat.ask("What is the capital of France?");')}`,
  },
  {
    asks: ["How do I move from @node-llm/orm?", "How do I migrate an existing NodeLLM schema?"],
    document: "docs/migrations.md",
    heading: "Coming from @node-llm/orm",
    text: `Run \`npx node-llm-trpc sync\`. It finds your models, adds the missing columns and touches nothing else; your data stays. Then write a migration with Prisma.

\`createChat\` and \`loadChat\` of \`node-llm-trpc/orm\` work as before. \`npx node-llm-trpc doctor\` lists what is still missing.`,
  },
  {
    asks: [
      "How is this different from the Vercel AI SDK?",
      "Why should I use node-llm-trpc? What does it do and what is it?",
    ],
    document: "README.md",
    heading: "What it guarantees",
    text: `\`node-llm-trpc\` adds a chat to an app with tRPC and Prisma, and does what you would otherwise write by hand: saving, resuming, stopping, recovering, and counting tokens and cost.

- **Your data** is in your own database.
- **Durable**: an answer survives reloads, closed tabs, lost connections and killed processes.
- **One send is one answer**, however often it is clicked or retried.
- **Typed** over your own procedure builder.

\`useChat\` has the names that you know from the AI SDK.`,
  },
  ...detailAnswers,
];
