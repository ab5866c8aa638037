import type { Node } from "@babel/types";

import type { NextApp } from "./next-app.ts";
import type { SourceModule } from "../code/source-module.ts";
import { nodesIn, textOf } from "../code/source-module.ts";
import { boundNames, declarationsOf, exportsName, valueOf } from "../code/syntax.ts";

/** The procedure builder that the chat router is given. */
export interface ProcedurePlace {
  readonly module: SourceModule;
  readonly name: string;
  /** The id of the signed-in user in its context; null when the app has no sign-in. */
  readonly userId: string | null;
}

/** Names under which apps export the procedure of signed-in users, the usual one first. */
const signedIn = [
  "protectedProcedure",
  "authedProcedure",
  "authenticatedProcedure",
  "authProcedure",
  "privateProcedure",
  "userProcedure",
];

const everyone = ["publicProcedure", "baseProcedure", "procedure"];

/** Where a context has the user, with the expression of the id. */
const users: Readonly<Record<string, string>> = {
  "ctx.session.user": "ctx.session.user.id",
  "ctx.user": "ctx.user.id",
  "ctx.auth.user": "ctx.auth.user.id",
  "ctx.session.userId": "ctx.session.userId",
  "ctx.auth.userId": "ctx.auth.userId",
  "ctx.userId": "ctx.userId",
};

/**
 * Finds the app's procedure for signed-in users, or for everyone when the app has no other one.
 *
 * @returns a text that says what is missing when there is none, or when its user can't be found
 */
export function findProcedure({ modules }: NextApp): ProcedurePlace | string {
  const find = (names: readonly string[]): { module: SourceModule; name: string } | undefined =>
    names
      .flatMap((name) => modules.map((module) => ({ module, name })))
      .find(({ module, name }) => exportsName(module, name) && declares(module, name));
  const protectedOne = find(signedIn);
  if (protectedOne === undefined) {
    const open = find(everyone);
    if (open !== undefined) return { ...open, userId: null };
    return `No file exports a procedure under one of these names: ${[...signedIn, ...everyone].join(", ")}.`;
  }
  const { module, name } = protectedOne;
  const value = valueOf(module, name);
  const userId = (value && findUserId(module, value)) ?? findUserId(module, module.program);
  if (userId !== null) return { ...protectedOne, userId };
  return `It is not clear where the context of ${name} in ${module.label} has the user's id.`;
}

function declares(module: SourceModule, name: string): boolean {
  return declarationsOf(module).some(({ declarator }) => boundNames(declarator.id).includes(name));
}

function findUserId(module: SourceModule, node: Node): string | null {
  const chains = new Set(
    nodesIn(node)
      .filter(({ type }) => type === "MemberExpression" || type === "OptionalMemberExpression")
      .map((member) => textOf(module, member).replace(/[?!]/g, "")),
  );
  return Object.entries(users).find(([chain]) => chains.has(chain))?.[1] ?? null;
}
