import { ModuleEdit } from "../code/edit-module.ts";
import type { SetupStep } from "../code/file-change.ts";
import { done } from "../code/file-change.ts";
import { placeOf } from "../code/source-module.ts";
import { findAppRouter } from "./find-app-router.ts";
import type { NextApp } from "./next-app.ts";
import { isForBrowser, resolveImport } from "./next-app.ts";

/**
 * Plans that files for the browser import the router's type by `import type { AppRouter }`. Of `import { type AppRouter }`,
 * which is what create-t3-app writes, `verbatimModuleSyntax` keeps an import for its side effects: Turbopack follows it and
 * puts the server into the page.
 */
export function importRouterType(app: NextApp): SetupStep {
  const router = findAppRouter(app)?.module;
  const changes = app.modules.filter(isForBrowser).flatMap((module) => {
    const edit = new ModuleEdit(module);
    let isChanged = false;
    for (const statement of module.program.body) {
      if (statement.type !== "ImportDeclaration" || statement.importKind === "type") continue;
      const { source, specifiers } = statement;
      const types = specifiers.filter(
        (specifier) => specifier.type === "ImportSpecifier" && specifier.importKind === "type",
      );
      if (types.length === 0 || types.length < specifiers.length) continue;
      const target = resolveImport(app, module.path, source.value);
      if (target === null || target.path !== router?.path) continue;
      isChanged = true;
      const [start] = placeOf(statement);
      edit.insert(start + "import".length, " type");
      for (const type of types) {
        const [from, to] = placeOf(type);
        edit.replace(from, to, module.text.slice(from, to).replace(/^type\s+/, ""));
      }
    }
    return isChanged ? [edit.toChange()] : [];
  });
  return { ...done("Router type"), changes };
}
