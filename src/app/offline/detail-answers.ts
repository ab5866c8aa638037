import type { CuratedAnswer } from "./passage.ts";

/** Answers to questions about single options and features. */
export const detailAnswers: readonly CuratedAnswer[] = [
  {
    asks: [
      "Which databases are supported?",
      "What database do I need?",
      "Does it work with Postgres?",
      "Does it work with PostgreSQL?",
      "Can I use SQLite?",
      "Does it support MySQL?",
      "Does it support MariaDB?",
      "Does it support MongoDB?",
      "Does it support SQL Server?",
      "Can I use Drizzle?",
    ],
    document: "docs/migrations.md",
    heading: "Databases",
    text: `**SQLite and PostgreSQL**, through Prisma. Both are tested for every promise, down to killed processes.

MySQL and MariaDB may work and are not tested. SQL Server, MongoDB and CockroachDB are not supported, and neither is another library than Prisma. This demo runs on SQLite; \`DATABASE_URL\` takes your PostgreSQL.`,
  },
  {
    asks: [
      "How do I set a system prompt?",
      "How do I write instructions for the model?",
      "Where does the system message go?",
    ],
    document: "docs/router.md",
    heading: "Options",
    text: `\`instructions\` of \`createChatRouter\` are for all chats that have none of their own. A chat gets its own when it is created, or later:

\`\`\`ts
await client.chat.update.mutate({ chatId, instructions: "Answer in one sentence." });
\`\`\`

In this demo, they are in the chat's settings, below the message box.`,
  },
  {
    asks: [
      "How do I change the model?",
      "How do I switch models?",
      "How do users choose a model?",
      "Can a user pick another model?",
    ],
    document: "docs/router.md",
    heading: "Options",
    text: `\`models\` of \`createChatRouter\` lists what a client may choose, and the first one is the default:

\`\`\`ts
models: ["gpt-4o-mini", "gpt-4o"],
\`\`\`

\`sendMessage({ content, model })\` asks another one for a single answer, and \`regenerate({ model })\` tries it on the same question. A model that is not listed is refused.`,
  },
  {
    asks: [
      "How do I set the temperature?",
      "How do I set maxTokens or other parameters of the model?",
    ],
    document: "docs/router.md",
    heading: "Temperature",
    text: `\`temperature\` of \`createChatRouter\` applies to chats that have none of their own. \`create\` and \`update\` set one for a chat, from 0 to 2. Without either, none is sent, which is what models without a temperature need.

The router takes the rest, too: \`maxTokens\`, \`thinking\`, \`params\` and \`headers\`. In this demo, the temperature is in the chat's settings.`,
  },
  {
    asks: [
      "How do I list, rename or delete chats?",
      "How do I delete a chat?",
      "How do I rename a chat?",
      "How do I show a list of chats?",
    ],
    document: "docs/hooks.md",
    heading: "useChatList",
    text: `With \`useChatList\`:

\`\`\`tsx
const { chats, hasMore, loadMore, renameChat, deleteChat } = useChatList({ search });
\`\`\`

Renaming and deleting show at once, and are rolled back if the server refuses. A chat has an \`activeMessageId\` while an answer is in progress.`,
  },
  {
    asks: ["How do chats get titles?", "Can the model name a chat?"],
    document: "docs/router.md",
    heading: "Titles",
    text: `A chat is at once named after the first line of its first message. With \`titles: true\` of \`createChatRouter\` the model gives it a better name after its first answer.

What a user writes wins: a rename is never overwritten. The call is in the ledger, with its cost.`,
  },
  {
    asks: ["How do I search chats and messages?", "Is there a full-text search?"],
    document: "docs/router.md",
    heading: "Search",
    text: `\`list({ search })\`, or \`useChatList({ search })\`, finds text in titles and messages of the caller's own chats. A part of a word is enough, and \`match\` is the text around the place.

Try it here: the box above the list, or Ctrl+K.`,
  },
  {
    asks: [
      "How do I monitor it?",
      "What should I monitor in production?",
      "How do I log errors?",
      "Does it have metrics and tracing?",
      "Does it work with OpenTelemetry?",
    ],
    document: "docs/operations.md",
    heading: "Monitoring",
    text: `\`onEvent\` of \`createChatRouter\` is called once for each turn, provider request, tool, reader and recovery, with durations, tokens and cost, and never for a chunk:

\`\`\`ts
onEvent(event) {
  if (event.type === "turnFailed") console.error(event.errorCode, event.error);
},
\`\`\`

\`onError\` gets the provider's own error. No event contains text of a user or a model, except that error.`,
  },
  {
    asks: [
      "How do I fall back to another model?",
      "What if a provider is down or overloaded?",
      "Is there a fallback or failover?",
    ],
    document: "docs/providers.md",
    heading: "Fallback",
    text: `Name other models in \`fallback\`, also of other providers:

\`\`\`ts
fallback: ["claude-3-7-sonnet", "gpt-4o-mini"],
\`\`\`

They are asked in order, each once, when a call fails before its first token or is refused for its model. Once a token is on a screen, no other model is asked. The message names the model that answered.`,
  },
  {
    asks: [
      "Can I use WebSockets?",
      "Does it use SSE, server-sent events or WebSockets?",
      "Which links does the client need?",
      "How do I stream the response?",
    ],
    document: "docs/hooks.md",
    heading: "Links",
    text: `Answers stream over tRPC subscriptions, by Server-Sent Events with \`httpSubscriptionLink\` or by WebSocket with \`wsLink\`:

\`\`\`ts
splitLink({
  condition: (operation) => operation.type === "subscription",
  true: httpSubscriptionLink({ url: "/api/trpc" }),
  false: httpBatchLink({ url: "/api/trpc" }),
}),
\`\`\`

You write no streaming code: \`useChat\` subscribes, reconnects and goes on where it was.`,
  },
  {
    asks: [
      "How do I show the thinking or reasoning of a model?",
      "Does it support reasoning models?",
    ],
    document: "docs/providers.md",
    heading: "Thinking",
    text: `Set \`thinking: { budget }\` on the router, a chat or one question. A message then has \`thinking\` parts, in the order in which they came, and they stream like text.

Thinking is stored with its signatures, and goes back to the provider that produced it, as Anthropic requires with tools.`,
  },
  {
    asks: ["Does it cache prompts?", "How does prompt caching work?"],
    document: "docs/providers.md",
    heading: "Prompt caching",
    text: `Yes, for Anthropic, and by default: requests mark the tools, the system prompt and the history, once they are long enough to pay. \`promptCaching: false\` turns it off.

Other providers cache by themselves. What was read from a cache is counted apart, as \`cachedTokens\`.`,
  },
  {
    asks: ["What is the license?", "Is it free?", "Is it open source?"],
    document: "README.md",
    heading: "License",
    text: "MIT: free to use, change and sell, also in closed products. This demo is part of the repository, so you can take its components as well.",
  },
];
