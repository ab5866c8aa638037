import { join, relative } from "node:path";

import type { DatasourceProvider } from "../schema/datasource-provider.ts";
import { applyStyle } from "../code/code-style.ts";
import { ModuleEdit, indentAt } from "../code/edit-module.ts";
import type { SetupStep } from "../code/file-change.ts";
import { byHand, changed, done } from "../code/file-change.ts";
import { findAppRouter, mountedName } from "./find-app-router.ts";
import type { DatabasePlace } from "./find-database.ts";
import type { NextApp } from "./next-app.ts";
import { importPath, styleOf, toPosix } from "./next-app.ts";
import { findNamesake, placeOf, textOf } from "../code/source-module.ts";
import { importsOf, keyOf } from "../code/syntax.ts";

const step = "Adapter";

/** The schema's side of the database connection. */
export interface DatabaseSetup {
  readonly provider: DatasourceProvider;
  readonly prismaMajor: number;
  /** The name of the variable that has the URL. */
  readonly variable: string;
  /** The schema's folder. */
  readonly schemaFolder: string;
  /** Whether the URL is in the schema: then Prisma's commands resolve a relative path from the schema's folder. */
  readonly hasUrlInSchema: boolean;
  /** The folder of the generated client, or null when it is in node_modules. */
  readonly clientFolder: string | null;
}

interface Adapter {
  readonly package: string;
  readonly name: string;
  readonly argument: (url: string) => string;
}

function adapterFor({ provider, prismaMajor }: DatabaseSetup): Adapter {
  switch (provider) {
    case "sqlite":
      return {
        package: "@prisma/adapter-better-sqlite3",
        name: prismaMajor < 7 ? "PrismaBetterSQLite3" : "PrismaBetterSqlite3",
        argument: (url) => `{ url: ${url} }`,
      };
    case "postgresql":
      return {
        package: "@prisma/adapter-pg",
        name: "PrismaPg",
        argument: (url) => `{ connectionString: ${url} }`,
      };
    case "mysql":
      return { package: "@prisma/adapter-mariadb", name: "PrismaMariaDb", argument: (url) => url };
  }
}

/** Plans the driver adapter of the app's Prisma client. */
export function addDriverAdapter(
  app: NextApp,
  place: DatabasePlace | null,
  setup: DatabaseSetup,
): SetupStep {
  if (place === null) return createDatabase(app, setup);
  const { module, creation } = place;
  const [options] = creation.arguments;
  const keys =
    options?.type === "ObjectExpression"
      ? options.properties.map((property) =>
          property.type === "ObjectProperty" ? keyOf(property) : null,
        )
      : [];
  if (keys.includes("adapter") || keys.includes("accelerateUrl")) return done(step);
  const adapter = adapterFor(setup);
  if (
    creation.arguments.length > 1 ||
    (options !== undefined && options.type !== "ObjectExpression")
  ) {
    if (module.text.includes("adapter")) return done(step);
    return byHand(
      step,
      `Pass a driver adapter to the PrismaClient in ${module.label}: ${adapterNote(setup)}`,
    );
  }
  const edit = new ModuleEdit(module);
  const { newline, indent } = edit.style;
  const [start, end] = placeOf(creation);
  const env = importsOf(module).find(
    ({ local, from }) => local === "env" && /(^|\/)env(\.\w+)?$/.test(from),
  );
  const variable =
    env === undefined ? `process.env.${setup.variable} ?? ""` : `env.${setup.variable}`;
  const url = relativeUrl(app, setup, variable);
  const styled = (code: string): string => applyStyle(module.path, code, edit.style);
  const property = `${adapterCode(adapter, url === null ? styled(variable) : "databaseUrl")},`;
  const outer = indentAt(module.text, start);
  const first = options?.type === "ObjectExpression" ? options.properties[0] : undefined;
  if (first === undefined) {
    const callee = textOf(module, creation.callee);
    edit.replace(
      start,
      end,
      [`new ${callee}({`, `${outer}${indent}${property}`, `${outer}})`].join(newline),
    );
  } else {
    const at = placeOf(first)[0];
    const isOnOneLine = !module.text.slice(start, at).includes("\n");
    edit.insert(at, property + (isOnOneLine ? " " : newline + indentAt(module.text, at)));
  }
  if (url !== null) {
    const statement = module.program.body.find(
      (node) => placeOf(node)[0] <= start && end <= placeOf(node)[1],
    );
    edit.insert(placeOf(statement ?? creation)[0], styled(`${url}\n\n`));
  }
  edit.addImport(adapter.package, [adapter.name]);
  return changed(step, edit.toChange());
}

function adapterCode({ name, argument }: Adapter, url: string): string {
  return `adapter: new ${name}(${argument(url)})`;
}

/** The adapter for somebody who adds it by hand. */
function adapterNote(setup: DatabaseSetup): string {
  const adapter = adapterFor(setup);
  return `${adapterCode(adapter, `process.env.${setup.variable}`)}, from "${adapter.package}"`;
}

/**
 * With the URL in the schema, Prisma's commands resolve `file:./db.sqlite` from the schema's folder and a driver adapter
 * from the working directory. Returns the declaration of the URL that leads both to one file, or null if they agree.
 */
function relativeUrl(app: NextApp, setup: DatabaseSetup, url: string): string | null {
  const folder = toPosix(relative(app.cwd, setup.schemaFolder));
  if (setup.provider !== "sqlite" || !setup.hasUrlInSchema || folder === "") return null;
  const source = url.includes("??") ? `(${url})` : url;
  return `// Prisma's commands look for a relative file from ${folder}/, where the schema is, and the adapter from here.
const databaseUrl = ${source}.replace(
  /^file:(?!\\/|[A-Za-z]:)/,
  "file:./${folder}/",
);`;
}

/** Plans a module that keeps one client, also when Next.js loads it again in development. */
function createDatabase(app: NextApp, setup: DatabaseSetup): SetupStep {
  const router = findAppRouter(app);
  // A mounted router has a client, perhaps from a package, where this command does not look.
  if (router !== null && mountedName(app, router) !== null) return done(step);
  const path = join(app.root, "server", "db.ts");
  const namesake = findNamesake(path);
  if (namesake !== null) {
    return byHand(
      step,
      `${toPosix(relative(app.cwd, namesake))} is your own, and no file of the app creates a PrismaClient that this command knows. ` +
        `Pass a driver adapter to your Prisma client, or to a new one in another file: ${adapterNote(setup)}`,
    );
  }
  const adapter = adapterFor(setup);
  const client =
    setup.clientFolder === null
      ? "@prisma/client"
      : importPath({ ...app, aliases: [] }, path, join(setup.clientFolder, "client.ts"));
  const fallback = setup.provider === "sqlite" ? "file:./dev.db" : "";
  const variable = `process.env.${setup.variable} ?? "${fallback}"`;
  const url = relativeUrl(app, setup, variable);
  const code = `import { ${adapter.name} } from "${adapter.package}";

import { PrismaClient } from "${client}";

${url ?? `const databaseUrl = ${variable};`}

const createPrismaClient = () =>
  new PrismaClient({ ${adapterCode(adapter, "databaseUrl")} });

// Next.js loads this file more than once, and each client has connections of its own.
const globalForPrisma = globalThis as unknown as {
  prisma: ReturnType<typeof createPrismaClient> | undefined;
};

export const db = (globalForPrisma.prisma ??= createPrismaClient());
`;
  const after = applyStyle(path, code, styleOf(app));
  return changed(step, { path, label: toPosix(relative(app.cwd, path)), before: null, after });
}
