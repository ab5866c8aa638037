// @ts-check

/**
 * The layers of `src` and the parts inside them, each with what it may import. Everything else is refused by
 * the lint rule `layers/imports`, except in tests. A part is a folder, or a file that the folders of its
 * layer share. The other files of a layer may import all of its parts, and none of its parts imports them.
 *
 * @typedef {object} Layer
 * @property {readonly string[]} layers Other layers; "type server" allows only types, also in `parts`
 * @property {readonly string[]} packages Packages; "node:" stands for every module of Node, "*" for any package
 * @property {Readonly<Record<string, readonly string[]>>} parts Each part with the other parts it may import
 * @property {readonly string[]} [folders] Folders beside `src`
 */

/** @type {Readonly<Record<string, Layer>>} */
export const layers = {
  shared: {
    layers: [],
    packages: ["node:perf_hooks", "node:timers"],
    parts: { "on-abort.ts": [], collections: [], pace: ["on-abort.ts"] },
  },

  chat: { layers: ["shared"], packages: [], parts: {} },

  orm: {
    layers: ["shared", "chat"],
    packages: ["node:", "@node-llm/core", "eventsource-parser", "zod"],
    parts: {
      context: [],
      failures: [],
      "database/mysql": [],
      "database/client": [],
      database: ["context", "database/client", "database/mysql"],
      "database/extensions": ["database", "database/client"],
      attachments: ["database", "database/client"],
      messages: ["database", "database/client", "attachments"],
      usage: ["database", "database/client", "failures", "messages"],
      search: ["database", "database/client", "database/extensions"],
      "provider/wire": [],
      "provider/stream": ["provider/wire"],
      provider: [
        "database",
        "database/client",
        "failures",
        "attachments",
        "messages",
        "usage",
        "provider/wire",
      ],
      "provider/call": [
        "database",
        "database/client",
        "failures",
        "messages",
        "usage",
        "provider",
        "provider/stream",
        "provider/wire",
      ],
      tools: ["database", "database/client", "failures", "messages"],
      "chat-settings.ts": ["database", "database/client", "attachments", "provider"],
      turn: [
        "database",
        "database/client",
        "database/extensions",
        "failures",
        "attachments",
        "messages",
        "usage",
        "provider",
        "provider/call",
        "provider/wire",
        "tools",
      ],
      "turn/begin": [
        "database",
        "database/client",
        "database/extensions",
        "attachments",
        "messages",
        "usage",
        "turn",
      ],
    },
  },

  server: {
    layers: ["shared", "chat", "orm"],
    packages: ["node:", "@node-llm/core", "@trpc/server", "zod"],
    parts: {
      "errors.ts": [],
      "log-failure.ts": [],
      "report-failure.ts": ["log-failure.ts"],
      "scope.ts": [],
      "create-drain.ts": [],
      "chat-router-event.ts": ["log-failure.ts"],
      hub: [],
      limits: [],
      "answer-of.ts": [],
      "answer-finish.ts": [],
      tools: ["answer-of.ts"],
      "chat-router-options.ts": [
        "attachments",
        "hub",
        "tools",
        "answer-of.ts",
        "answer-finish.ts",
        "chat-router-event.ts",
        "create-drain.ts",
        "report-failure.ts",
        "scope.ts",
        "limits",
      ],
      "chat-access.ts": ["limits", "errors.ts", "report-failure.ts", "scope.ts"],
      attachments: ["limits", "chat-access.ts", "errors.ts", "report-failure.ts"],
      chats: ["errors.ts", "limits"],
      watch: ["hub", "chats", "scope.ts"],
      inputs: ["tools", "chat-router-options.ts", "errors.ts"],
      titles: ["hub", "limits", "chat-router-options.ts", "report-failure.ts"],
      streams: [
        "hub",
        "limits",
        "chats",
        "watch",
        "chat-access.ts",
        "chat-router-event.ts",
        "errors.ts",
        "scope.ts",
      ],
      reads: ["attachments", "chats", "limits", "streams", "chat-access.ts"],
      answers: [
        "attachments",
        "hub",
        "tools",
        "answer-of.ts",
        "answer-finish.ts",
        "inputs",
        "limits",
        "chats",
        "titles",
        "streams",
        "chat-access.ts",
        "chat-router-event.ts",
        "chat-router-options.ts",
        "create-drain.ts",
        "errors.ts",
        "report-failure.ts",
      ],
    },
  },

  redis: { layers: ["shared", "chat", "server"], packages: ["node:", "redis", "zod"], parts: {} },

  react: {
    layers: ["shared", "chat", "type server"],
    packages: ["react", "@tanstack/react-query"],
    parts: {
      connection: [],
      cache: ["connection"],
      session: ["connection", "cache"],
    },
  },

  adapters: { layers: [], packages: ["node:", "@trpc/server"], parts: {} },

  testing: {
    layers: ["shared", "chat", "orm", "server", "redis", "react"],
    packages: ["node:", "@node-llm/core"],
    parts: {},
  },

  cli: {
    layers: [],
    packages: ["node:", "prisma", "@babel/parser", "@babel/types", "diff", "magic-string"],
    parts: {
      project: [],
      schema: ["project"],
      search: ["project", "schema"],
      code: [],
      app: ["project", "schema", "search", "code"],
      checks: ["project", "schema", "search", "code", "app"],
      commands: ["project", "schema", "search", "code", "app", "checks"],
    },
  },

  // The demo imports the library by its public names, as everybody does.
  app: {
    layers: [],
    packages: ["*"],
    folders: ["generated"],
    parts: {
      styles: [],
      offline: [],
      server: ["offline"],
      "ui/theme": [],
      "ui/controls": [],
      "ui/app": ["type server"],
      "ui/toast": ["ui/theme"],
      "ui/attachments": ["ui/app", "ui/controls"],
      "ui/chat-list": ["ui/app", "ui/controls", "ui/markdown/syntax", "ui/toast"],
      "ui/composer": ["ui/app", "ui/attachments", "ui/controls"],
      "ui/export": ["ui/app", "ui/controls", "ui/toast"],
      "ui/markdown/slim": [],
      "ui/markdown/syntax": [],
      "ui/markdown/math": [],
      "ui/markdown/code": ["ui/controls"],
      "ui/markdown": ["ui/markdown/syntax", "ui/markdown/math", "ui/markdown/code"],
      "ui/settings": ["ui/app", "ui/controls"],
      "ui/shell": ["ui/app", "ui/chat-list", "ui/controls", "ui/theme", "ui/toast"],
      "ui/tool": ["type ui/app", "ui/controls", "ui/markdown/syntax"],
      "ui/usage": ["ui/app", "ui/controls", "ui/shell"],
      "ui/message": [
        "type ui/app",
        "ui/attachments",
        "ui/controls",
        "ui/markdown",
        "ui/tool",
        "ui/usage",
      ],
      "ui/header": ["ui/app", "ui/controls", "ui/export", "ui/shell"],
      "ui/conversation": [
        "ui/app",
        "ui/attachments",
        "ui/composer",
        "ui/controls",
        "ui/header",
        "ui/message",
        "ui/settings",
        "ui/shell",
        "ui/tool",
      ],
      client: ["type server", "ui/app", "ui/shell", "ui/theme"],
      "error.tsx": ["ui/controls"],
      "(chat)": ["server", "client", "ui/controls", "ui/conversation", "ui/shell", "error.tsx"],
      "(chat)/chats/[id]": ["(chat)", "server", "ui/app", "ui/conversation"],
      "(chat)/usage": ["server", "ui/usage"],
      "api/trpc/[trpc]": ["server"],
    },
  },
};
