import type { NewExpression, Node } from "@babel/types";

import type { NextApp } from "./next-app.ts";
import type { SourceModule } from "../code/source-module.ts";
import { nodesIn } from "../code/source-module.ts";
import { boundNames, declarationsOf, importsOf } from "../code/syntax.ts";

/** Where the app creates its Prisma client. */
export interface DatabasePlace {
  readonly module: SourceModule;
  readonly creation: NewExpression;
  /** The name under which the module exports the client, or null when it is not clear. */
  readonly name: string | null;
}

const usualNames = ["db", "prisma", "client", "prismaClient"];

/** Finds the module that creates the Prisma client, or returns null when none does. */
export function findDatabase({ modules }: NextApp): DatabasePlace | null {
  const places = modules.flatMap((module) => {
    const creation = nodesIn(module.program).find(
      (node): node is NewExpression =>
        node.type === "NewExpression" && isPrismaClient(module, node.callee),
    );
    if (creation === undefined) return [];
    const exported = declarationsOf(module)
      .filter(({ isExported }) => isExported)
      .flatMap(({ declarator }) => boundNames(declarator.id));
    const name = usualNames.find((usual) => exported.includes(usual));
    return [
      { module, creation, name: name ?? (exported.length === 1 ? exported[0] : null) ?? null },
    ];
  });
  // A script may create a client of its own, for example to fill the database.
  return places.find(({ name }) => name !== null) ?? places[0] ?? null;
}

/** Whether a class is Prisma's client: by its name, as `import { PrismaClient as Client }`, or as `prisma.PrismaClient`. */
function isPrismaClient(module: SourceModule, callee: Node): boolean {
  if (callee.type === "MemberExpression") {
    return callee.property.type === "Identifier" && callee.property.name === "PrismaClient";
  }
  if (callee.type !== "Identifier") return false;
  const imported = importsOf(module).find(({ local }) => local === callee.name);
  return (imported?.name ?? callee.name) === "PrismaClient";
}
