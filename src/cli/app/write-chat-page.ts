import { join, relative } from "node:path";

import { chatPageCode } from "./chat-page-code.ts";
import { applyStyle, readStyle } from "../code/code-style.ts";
import type { SetupStep } from "../code/file-change.ts";
import { byHand, changed, done } from "../code/file-change.ts";
import { findNamesake } from "../code/source-module.ts";
import { findChatClient } from "./find-chat-client.ts";
import type { NextApp } from "./next-app.ts";
import { importPath, toPosix } from "./next-app.ts";

const step = "Page";

/** Plans the page at `/chat`, in one file for the app to change. */
export function writeChatPage(app: NextApp): SetupStep {
  const usesHooks = app.modules.some(({ text }) => text.includes("node-llm-trpc/react"));
  const path = join(app.appFolder, "chat", "page.tsx");
  if (usesHooks || findNamesake(path) !== null) return done(step);
  const client = findChatClient(app);
  const label = toPosix(relative(app.cwd, path));
  if (client === null) {
    return byHand(
      step,
      `No file exports a client made with createTRPCReact of @trpc/react-query or createTRPCContext of @trpc/tanstack-react-query. Pass yours to createChatHooks, as "Create the hooks" in the README of node-llm-trpc shows.`,
    );
  }
  const { name, expression } = client;
  const code = chatPageCode({ from: importPath(app, path, client.path), name, client: expression });
  const module = app.modules.find((found) => found.path === client.path);
  const after = applyStyle(path, code, readStyle(module?.text ?? code));
  const changes = client.change === null ? [] : [client.change];
  return changed(step, ...changes, { path, label, before: null, after });
}
