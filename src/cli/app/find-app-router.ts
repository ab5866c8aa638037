import type { CallExpression, ObjectExpression } from "@babel/types";

import type { NextApp } from "./next-app.ts";
import { resolveImport } from "./next-app.ts";
import type { SourceModule } from "../code/source-module.ts";
import { textOf } from "../code/source-module.ts";
import { callsOf, importsOf, keyOf, valueOf } from "../code/syntax.ts";

/** The router at the root of the app. */
export interface RouterPlace {
  readonly module: SourceModule;
  /** The name of its exported type. */
  readonly typeName: string;
  /** The object with its procedures and routers. */
  readonly record: ObjectExpression;
  /** The function that makes routers, as the module writes it, and where it is imported from. */
  readonly factory: string;
  readonly factoryFrom: string | null;
}

/** Finds the router whose type the app exports for its clients: `export type AppRouter = typeof appRouter`. */
export function findAppRouter({ modules }: NextApp): RouterPlace | null {
  const places = modules.flatMap((module) =>
    module.program.body.flatMap((statement) => {
      if (statement.type !== "ExportNamedDeclaration") return [];
      const type = statement.declaration;
      if (type?.type !== "TSTypeAliasDeclaration") return [];
      const query = type.typeAnnotation;
      if (query.type !== "TSTypeQuery" || query.exprName.type !== "Identifier") return [];
      const value = valueOf(module, query.exprName.name);
      const record = value?.type === "CallExpression" ? value.arguments[0] : undefined;
      if (value?.type !== "CallExpression" || record?.type !== "ObjectExpression") return [];
      return [{ module, typeName: type.id.name, record, ...factoryOf(module, value) }];
    }),
  );
  return places.find(({ typeName }) => typeName === "AppRouter") ?? places[0] ?? null;
}

function factoryOf(
  module: SourceModule,
  { callee }: CallExpression,
): Pick<RouterPlace, "factory" | "factoryFrom"> {
  const factory = textOf(module, callee);
  const [head] = factory.split(".");
  const found = importsOf(module).find(({ local }) => local === head);
  return { factory, factoryFrom: found?.from ?? null };
}

/** The name under which the router has the chat's procedures, or null. */
export function mountedName(app: NextApp, { module, record }: RouterPlace): string | null {
  for (const property of record.properties) {
    if (property.type !== "ObjectProperty") continue;
    const name = keyOf(property);
    if (callsOf(property.value, "createChatRouter").length > 0) return name;
    if (property.value.type !== "Identifier") continue;
    const local = property.value.name;
    const value = valueOf(module, local);
    if (value !== null && callsOf(value, "createChatRouter").length > 0) return name;
    const from = importsOf(module).find((found) => found.local === local)?.from;
    const target = from === undefined ? null : resolveImport(app, module.path, from);
    if (target !== null && callsOf(target.program, "createChatRouter").length > 0) return name;
  }
  return null;
}
