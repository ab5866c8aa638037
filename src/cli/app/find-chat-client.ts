import type { Node, ObjectPattern } from "@babel/types";

import type { FileChange } from "../code/file-change.ts";
import { ModuleEdit, maxWidth } from "../code/edit-module.ts";
import type { NextApp } from "./next-app.ts";
import type { SourceModule } from "../code/source-module.ts";
import { placeOf } from "../code/source-module.ts";
import { boundNames, declarationsOf, importsOf, nameOf } from "../code/syntax.ts";

/** How a component gets the tRPC client. */
export interface ChatClientPlace {
  readonly path: string;
  /** What it imports from there. */
  readonly name: string;
  /** The expression of the client. */
  readonly expression: string;
  /** What the module has to export first. */
  readonly change: FileChange | null;
}

/** Finds the client of `@trpc/react-query` or `@trpc/tanstack-react-query`. Returns null when the app has neither. */
export function findChatClient({ modules }: NextApp): ChatClientPlace | null {
  return (
    modules.map(findReactQuery).find((place) => place !== null) ??
    modules.map(findTanStack).find((place) => place !== null) ??
    null
  );
}

function makerOf(module: SourceModule, from: string, maker: string) {
  const local = importsOf(module).find((found) => found.from === from && found.name === maker);
  return declarationsOf(module).find(({ declarator: { init }, isExported }) => {
    if (init?.type !== "CallExpression" || init.callee.type !== "Identifier") return false;
    return isExported && init.callee.name === local?.local;
  })?.declarator;
}

function findReactQuery(module: SourceModule): ChatClientPlace | null {
  const maker = makerOf(module, "@trpc/react-query", "createTRPCReact");
  const name = maker === undefined ? null : nameOf(maker);
  if (name === null) return null;
  return { path: module.path, name, expression: `${name}.useUtils().client`, change: null };
}

function findTanStack(module: SourceModule): ChatClientPlace | null {
  const maker = makerOf(module, "@trpc/tanstack-react-query", "createTRPCContext");
  const init = maker?.init;
  if (maker?.id.type !== "ObjectPattern" || init == null) return null;
  const hook = "useTRPCClient";
  const isExported = boundNames(maker.id).includes(hook);
  const change = isExported ? null : exportHook(module, maker.id, init, hook);
  return { path: module.path, name: hook, expression: `${hook}()`, change };
}

function exportHook(
  module: SourceModule,
  pattern: ObjectPattern,
  init: Node,
  hook: string,
): FileChange {
  const edit = new ModuleEdit(module);
  const last = pattern.properties.at(-1);
  if (last === undefined) edit.replace(...placeOf(pattern), `{ ${hook} }`);
  else edit.insert(placeOf(last)[1], `, ${hook}`);
  const [start, end] = [placeOf(pattern)[1], placeOf(init)[0]];
  const lineStart = module.text.lastIndexOf("\n", start) + 1;
  const lineEnd = module.text.slice(start).search(/\r?\n|$/) + start;
  const width = lineEnd - lineStart + `, ${hook}`.length;
  if (width > maxWidth && lineEnd > end) {
    edit.replace(start, end, ` =${edit.style.newline}${edit.style.indent}`);
  }
  return edit.toChange();
}
