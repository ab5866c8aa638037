import type { NewExpression } from "@babel/types";

import type { NextApp } from "./next-app.ts";
import type { SourceModule } from "../code/source-module.ts";
import { nodesIn } from "../code/source-module.ts";
import { boundNames, declarationsOf } from "../code/syntax.ts";

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
        node.type === "NewExpression" &&
        node.callee.type === "Identifier" &&
        node.callee.name === "PrismaClient",
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
