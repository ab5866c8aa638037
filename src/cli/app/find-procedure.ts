import type { Node } from "@babel/types";

import type { NextApp } from "./next-app.ts";
import { isForBrowser } from "./next-app.ts";
import { readDependencies } from "../project/read-package-json.ts";
import type { SourceModule } from "../code/source-module.ts";
import { nodesIn, textOf } from "../code/source-module.ts";
import {
  boundNames,
  calleeName,
  declarationsOf,
  exportedNames,
  keyOf,
  valueOf,
} from "../code/syntax.ts";

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

/** What a context of signed-in users has: `session`, `user` and so on. */
const identities = new Set(Object.keys(users).map((chain) => chain.split(".")[1] ?? chain));

/** Packages that sign users in. */
const signInPackages =
  /^(?:next-auth|better-auth|lucia|iron-session|@logto\/next|@supabase\/(?:ssr|auth-helpers-.+)|@workos-inc\/authkit-.+|@(?:auth|auth0|clerk|kinde-oss|stackframe)\/.+)$/;

/**
 * Finds the app's procedure for signed-in users, or for everyone when nothing tells of a sign-in.
 *
 * @returns a text that says what is missing when there is none, or when its user can't be found
 */
export function findProcedure(app: NextApp): ProcedurePlace | string {
  const { modules } = app;
  const find = (names: readonly string[]): { module: SourceModule; name: string } | undefined =>
    names
      .flatMap((name) => modules.map((module) => ({ module, name })))
      .find(({ module, name }) => exportedNames(module).includes(name) && declares(module, name));
  const protectedOne = find(signedIn);
  if (protectedOne === undefined) {
    const open = find(everyone);
    const sign = open === undefined ? null : signOfSignIn(app);
    if (sign !== null) {
      return `${sign}, so the app may have a sign-in, but no file declares the procedure of signed-in users under one of these names: ${signedIn.join(", ")}.`;
    }
    if (open !== undefined) return { ...open, userId: null };
    return `No file exports a procedure under one of these names: ${[...signedIn, ...everyone].join(", ")}.`;
  }
  const { module, name } = protectedOne;
  const value = valueOf(module, name);
  const userId = (value && findUserId(module, value)) ?? findUserId(module, module.program);
  if (userId !== null) return { ...protectedOne, userId };
  return `It is not clear where the context of ${name} in ${module.label} has the user's id.`;
}

/** What tells that the app has users who sign in, or null. Chats that everybody sees would give theirs away. */
function signOfSignIn({ modules, cwd }: NextApp): string | null {
  const server = modules.filter((module) => !isForBrowser(module));
  for (const module of server) {
    const other = exportedNames(module).find(
      (name) => !everyone.includes(name) && isBuilder(module, name),
    );
    if (other !== undefined) return `${module.label} exports ${other}`;
  }
  for (const module of server) {
    const identity = nodesIn(module.program)
      .map((node) => identityRead(module, node))
      .find((name) => name !== null);
    if (identity !== undefined) return `${module.label} reads ctx.${identity}`;
  }
  const name = [...readDependencies(cwd)].find((dependency) => signInPackages.test(dependency));
  return name === undefined ? null : `The app depends on ${name}`;
}

/** Whether an export makes procedures: by its name, or as a procedure with a middleware. */
function isBuilder(module: SourceModule, name: string): boolean {
  if (name.endsWith("Procedure")) return true;
  const value = valueOf(module, name);
  if (value?.type !== "CallExpression" || calleeName(value) !== "use") return false;
  return /rocedure\b/.test(textOf(module, value.callee));
}

/** The name in `ctx.user`, `const { user } = ctx` or `({ ctx: { user } })`, if it is one of a user. */
function identityRead(module: SourceModule, node: Node): string | null {
  const isContext = (value: Node | null | undefined): boolean =>
    value != null && /(?:^|\.)ctx$/.test(textOf(module, value).replace(/[?!]/g, ""));
  const inPattern = (pattern: Node): string | null => {
    if (pattern.type !== "ObjectPattern") return null;
    const keys = pattern.properties.map((property) =>
      property.type === "ObjectProperty" ? keyOf(property) : null,
    );
    return keys.find((key) => key !== null && identities.has(key)) ?? null;
  };
  switch (node.type) {
    case "MemberExpression":
    case "OptionalMemberExpression": {
      const { object, property } = node;
      if (property.type !== "Identifier" || !identities.has(property.name)) return null;
      return isContext(object) ? property.name : null;
    }
    case "VariableDeclarator":
      return isContext(node.init) ? inPattern(node.id) : null;
    case "ObjectProperty":
      return keyOf(node) === "ctx" ? inPattern(node.value) : null;
    default:
      return null;
  }
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
