import { dirname, join, relative } from "node:path";

import { applyStyle, readStyle } from "../code/code-style.ts";
import { ModuleEdit, indentAt } from "../code/edit-module.ts";
import type { FileChange, SetupStep } from "../code/file-change.ts";
import { byHand, changed, done } from "../code/file-change.ts";
import type { RouterPlace } from "./find-app-router.ts";
import { findAppRouter, mountedName } from "./find-app-router.ts";
import type { ProcedurePlace } from "./find-procedure.ts";
import { findProcedure } from "./find-procedure.ts";
import type { NextApp } from "./next-app.ts";
import { importPath, resolveImport, toPosix } from "./next-app.ts";
import type { ProviderChoice } from "./provider-choice.ts";
import { findNamesake, placeOf } from "../code/source-module.ts";
import { callsOf, importsOf, propertyOf } from "../code/syntax.ts";

const step = "Router";

/** Where the app has its Prisma client, or will have it. */
export interface ClientImport {
  readonly path: string;
  readonly name: string;
}

/** Plans the chat router in a file of its own, mounted as `chat`. */
export function mountChatRouter(
  app: NextApp,
  client: ClientImport | null,
  provider: ProviderChoice,
  tableNames: string | null,
): SetupStep {
  const place = findAppRouter(app);
  if (place === null) {
    return byHand(
      step,
      "No file has a router like this one: export const appRouter = createTRPCRouter({ … }); export type AppRouter = typeof appRouter;\n" +
        "Mount the chat router in yours, as `Mount the router` in the README of node-llm-trpc shows.",
    );
  }
  if (mountedName(app, place) !== null) return done(step);
  const { label } = place.module;
  if (propertyOf(place.record, "chat") !== null) {
    return byHand(
      step,
      `${label} already has a router named "chat". Mount createChatRouter({ … }) under another name.`,
    );
  }
  const path = routerFile(app, place);
  const existing = app.modules.find((module) => module.path === path);
  const isOwn = existing !== undefined && callsOf(existing.program, "createChatRouter").length > 0;
  if (isOwn) return changed(step, mount(app, place, path));
  const name = toPosix(relative(app.cwd, path));
  const namesake = findNamesake(path);
  if (namesake !== null) {
    return byHand(
      step,
      `${toPosix(relative(app.cwd, namesake))} is your own. Create the chat router in another file, and mount it in ${label}.`,
    );
  }
  const procedure = findProcedure(app);
  if (typeof procedure === "string") {
    return byHand(
      step,
      `${procedure} Create the chat router in ${name} and mount it in ${label}: its \`scope\` says which chats belong to the caller.`,
    );
  }
  if (client === null) {
    return byHand(
      step,
      `It is not clear which file exports the Prisma client. Create the chat router in ${name}, and mount it in ${label}.`,
    );
  }
  const code = routerCode({ app, place, procedure, client, provider, path, tableNames });
  const after = applyStyle(path, code, readStyle(place.module.text));
  return changed(step, { path, label: name, before: null, after }, mount(app, place, path));
}

/** Beside the app's other routers. */
function routerFile(app: NextApp, { module }: RouterPlace): string {
  const others = importsOf(module).map(({ from }) => resolveImport(app, module.path, from)?.path);
  const folders = [
    ...others.flatMap((path) => (path === undefined ? [] : [dirname(path)])),
    dirname(module.path),
  ];
  const folder = folders.find((path) => /\/routers?$/.test(toPosix(path)));
  return join(folder ?? join(dirname(module.path), "routers"), "chat.ts");
}

function mount(app: NextApp, { module, record }: RouterPlace, path: string): FileChange {
  const edit = new ModuleEdit(module);
  const { newline, indent } = edit.style;
  const [start, end] = placeOf(record);
  const last = record.properties.at(-1);
  const entry = "chat: chatRouter";
  if (last === undefined) edit.replace(start, end, `{${newline}${indent}${entry},${newline}}`);
  else {
    const [lastStart, lastEnd] = placeOf(last);
    const isOnOneLine = !module.text.slice(start, end).includes("\n");
    const separator = isOnOneLine ? " " : newline + indentAt(module.text, lastStart);
    const hasComma = /^\s*,/.test(module.text.slice(lastEnd, end));
    const at = hasComma ? module.text.indexOf(",", lastEnd) + 1 : lastEnd;
    edit.insert(at, `${hasComma ? "" : ","}${separator}${entry}${isOnOneLine ? "" : ","}`);
  }
  edit.addImport(importPath(app, module.path, path), ["chatRouter"]);
  return edit.toChange();
}

interface RouterParts {
  readonly app: NextApp;
  readonly place: RouterPlace;
  readonly procedure: ProcedurePlace;
  readonly client: ClientImport;
  readonly provider: ProviderChoice;
  readonly path: string;
  readonly tableNames: string | null;
}

function routerCode(parts: RouterParts): string {
  const { app, place, procedure, client, provider, path } = parts;
  const own = new Map<string, string[]>();
  const add = (from: string, name: string): void =>
    void own.set(from, [...(own.get(from) ?? []), name].toSorted());
  const factory = place.factoryFrom === null ? null : place.factory;
  if (factory !== null) add(originOf(app, place, path), factory.split(".")[0] ?? factory);
  add(importPath(app, path, procedure.module.path), procedure.name);
  add(importPath(app, path, client.path), client.name);
  const imports = [...own]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([from, names]) => `import { ${[...new Set(names)].join(", ")} } from "${from}";`);
  const prisma = client.name === "prisma" ? "prisma" : `prisma: ${client.name}`;
  const scope =
    procedure.userId === null
      ? [
          "// This app has no sign-in, so everybody sees every chat. With one, return the columns that all chats of",
          "// a user have: ({ ctx }) => ({ userId: ctx.session.user.id })",
          'scope: "everyone",',
        ]
      : [
          "// Everybody sees their own chats only.",
          `scope: ({ ctx }) => ({ userId: ${procedure.userId} }),`,
        ];
  const lines = [
    `procedure: ${procedure.name},`,
    `${prisma},`,
    "llm,",
    ...scope,
    `models: ["${provider.model}"],`,
    'instructions: "You are a helpful assistant.",',
    ...(parts.tableNames === null ? [] : [`tableNames: ${parts.tableNames},`]),
  ];
  const indent = factory === null ? "  " : "    ";
  const call = [
    "createChatRouter({",
    ...lines.map((line) => indent + line),
    `${indent.slice(2)}})`,
  ];
  const value = factory === null ? call.join("\n") : `${factory}(\n  ${call.join("\n")},\n)`;
  return `import { createLLM } from "@node-llm/core";
import { createChatRouter } from "node-llm-trpc/server";

${imports.join("\n")}

const llm = createLLM({
  provider: "${provider.name}",
  // Without a key the app can be built all the same, and the provider refuses each answer.
  ${provider.option}: process.env.${provider.variable} ?? "not set",
});

export const chatRouter = ${value};
`;
}

/** Where the file of the chat router imports the function that makes routers from. */
function originOf(app: NextApp, { module, factoryFrom }: RouterPlace, path: string): string {
  const from = factoryFrom ?? "";
  const origin = resolveImport(app, module.path, from);
  return origin === null ? from : importPath(app, path, origin.path);
}
