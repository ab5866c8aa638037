import type {
  CallExpression,
  Expression,
  Node,
  ObjectExpression,
  ObjectProperty,
  VariableDeclarator,
} from "@babel/types";

import type { SourceModule } from "../code/source-module.ts";
import { nodesIn } from "../code/source-module.ts";

/** The calls of a function, by its name or as a method of that name. */
export function callsOf(node: Node, name: string): readonly CallExpression[] {
  return nodesIn(node).filter(
    (child): child is CallExpression =>
      child.type === "CallExpression" && calleeName(child) === name,
  );
}

export function calleeName({ callee }: CallExpression): string | null {
  if (callee.type === "Identifier") return callee.name;
  return callee.type === "MemberExpression" && callee.property.type === "Identifier"
    ? callee.property.name
    : null;
}

export function propertyOf(object: ObjectExpression, name: string): ObjectProperty | null {
  return (
    object.properties.find(
      (property): property is ObjectProperty =>
        property.type === "ObjectProperty" && keyOf(property) === name,
    ) ?? null
  );
}

export function keyOf({ key }: ObjectProperty): string | null {
  if (key.type === "Identifier") return key.name;
  return key.type === "StringLiteral" ? key.value : null;
}

interface Declaration {
  readonly declarator: VariableDeclarator;
  readonly isExported: boolean;
}

/** The variables that a module declares at its top level. */
export function declarationsOf({ program }: SourceModule): readonly Declaration[] {
  return program.body.flatMap((statement) => {
    const isExported = statement.type === "ExportNamedDeclaration";
    const declaration = isExported ? statement.declaration : statement;
    if (declaration?.type !== "VariableDeclaration") return [];
    return declaration.declarations.map((declarator) => ({ declarator, isExported }));
  });
}

/** The initial value of a top-level variable, without `as` and `satisfies`. */
export function valueOf(module: SourceModule, name: string): Expression | null {
  const found = declarationsOf(module).find(({ declarator }) => nameOf(declarator) === name);
  return found?.declarator.init == null ? null : unwrap(found.declarator.init);
}

export function nameOf({ id }: VariableDeclarator): string | null {
  return id.type === "Identifier" ? id.name : null;
}

/** Removes `as const`, `satisfies X` and the like. */
function unwrap(expression: Expression): Expression {
  const isWrapped =
    expression.type === "TSAsExpression" || expression.type === "TSSatisfiesExpression";
  return isWrapped ? unwrap(expression.expression) : expression;
}

interface Import {
  /** The name in the module that is imported from; "default" or "*" too. */
  readonly name: string;
  readonly local: string;
  readonly from: string;
}

/** What a module imports, types included. */
export function importsOf({ program }: SourceModule): readonly Import[] {
  return program.body.flatMap((statement) => {
    if (statement.type !== "ImportDeclaration") return [];
    const from = statement.source.value;
    return statement.specifiers.map((specifier) => {
      const local = specifier.local.name;
      if (specifier.type === "ImportDefaultSpecifier") return { name: "default", local, from };
      if (specifier.type === "ImportNamespaceSpecifier") return { name: "*", local, from };
      const { imported } = specifier;
      return { name: imported.type === "Identifier" ? imported.name : imported.value, local, from };
    });
  });
}

/** The names under which a module exports values, as declarations or in a list. */
export function exportedNames({ program }: SourceModule): readonly string[] {
  return program.body.flatMap((statement) => {
    if (statement.type !== "ExportNamedDeclaration" || statement.exportKind === "type") return [];
    const { declaration, specifiers } = statement;
    if (declaration?.type === "VariableDeclaration") {
      return declaration.declarations.flatMap(({ id }) => boundNames(id));
    }
    if (declaration?.type === "FunctionDeclaration") return declaration.id?.name ?? [];
    return specifiers.flatMap(({ exported }) =>
      exported.type === "Identifier" ? exported.name : [],
    );
  });
}

/** The names that a declaration binds: its own, or those of a pattern such as `{ a, b: c }`. */
export function boundNames(id: Node): readonly string[] {
  if (id.type === "Identifier") return [id.name];
  if (id.type !== "ObjectPattern") return [];
  return id.properties.flatMap((property) =>
    property.type === "ObjectProperty" ? boundNames(property.value) : [],
  );
}
