import { dirname, relative, resolve } from "node:path";

import type { Environment } from "../project/cli-io.ts";
import { prismaMajorOf } from "../project/prisma-major.ts";
import { readVariable } from "../project/read-environment.ts";
import { databaseVariable } from "../schema/database-variable.ts";
import type { SchemaModelNames } from "../schema/model-names.ts";
import { completeNames, modelRoles } from "../schema/model-names.ts";
import type { ProjectSchema } from "../schema/open-schema.ts";
import { readPrismaConfig } from "../schema/read-prisma-config.ts";
import { blocksOf } from "../schema/read-schema-files.ts";
import { searchIndexNames } from "../search/search-index-sql.ts";
import type { DatabaseSetup } from "./add-driver-adapter.ts";
import { addDriverAdapter } from "./add-driver-adapter.ts";
import { addSubscriptionLink } from "./add-subscription-link.ts";
import { configureSchema, hasUrl, writePrismaConfig } from "./configure-prisma.ts";
import type { FileChange, SetupStep } from "../code/file-change.ts";
import { done } from "../code/file-change.ts";
import { findDatabase } from "./find-database.ts";
import { ignoreFiles } from "./ignore-files.ts";
import { importRouterType } from "./import-router-type.ts";
import type { NextApp } from "./next-app.ts";
import { toPosix, withChanges } from "./next-app.ts";
import type { ClientImport } from "./mount-chat-router.ts";
import { mountChatRouter } from "./mount-chat-router.ts";
import { chooseProvider } from "./provider-choice.ts";
import { writeChatPage } from "./write-chat-page.ts";

/** Plans what an app still needs around its schema, in the order in which it breaks without it. */
export function planAppSetup(
  app: NextApp,
  project: ProjectSchema,
  env: Environment,
): readonly SetupStep[] {
  const { files, datasource, place, names } = project;
  const { cwd } = app;
  const prismaMajor = prismaMajorOf(cwd);
  const schemaFolder = place.isFolder ? place.path : dirname(place.path);
  const clientFolder = outputFolder(project);
  const config = readPrismaConfig(cwd);
  const variable = databaseVariable(files, config);
  const setup: DatabaseSetup = {
    provider: datasource.provider,
    prismaMajor,
    variable,
    schemaFolder,
    hasUrlInSchema: prismaMajor < 7 && hasUrl(files),
    clientFolder,
  };
  const messageTable = searchIndexNames(project)?.message.table ?? names.message;
  const database = findDatabase(app);
  const isOwnFolder = clientFolder !== null && database === null;
  const url = readVariable(env, variable) ?? config?.fallbackUrl ?? null;
  const adapter = addDriverAdapter(app, database, setup);
  const client = clientImport(database, adapter);
  const parts: readonly ((current: NextApp) => SetupStep)[] = [
    () => configureSchema(files, prismaMajor, config, variable),
    () =>
      config === null
        ? writePrismaConfig(app, place.path, { ...setup, messageTable })
        : done("Config"),
    () => adapter,
    (current) => mountChatRouter(current, client, chooseProvider(env), tableNames(names)),
    importRouterType,
    addSubscriptionLink,
    () =>
      ignoreFiles(
        cwd,
        datasource.provider === "sqlite",
        url,
        isOwnFolder ? toPosix(relative(cwd, clientFolder)) : null,
      ),
    writeChatPage,
  ];
  // Several parts may change one file, so each one begins with what the earlier ones leave.
  let current = app;
  return parts.map((plan) => {
    const step = plan(current);
    current = withChanges(current, step.changes);
    return step;
  });
}

/** One change for each file, from what it is to what the last step makes of it. */
export function mergeChanges(steps: readonly SetupStep[]): readonly FileChange[] {
  const merged = new Map<string, FileChange>();
  for (const change of steps.flatMap(({ changes }) => changes)) {
    const earlier = merged.get(change.path);
    merged.set(change.path, earlier === undefined ? change : { ...earlier, after: change.after });
  }
  return [...merged.values()];
}

function clientImport(
  database: ReturnType<typeof findDatabase>,
  adapter: SetupStep,
): ClientImport | null {
  if (database !== null) {
    const { module, name } = database;
    return name === null ? null : { path: module.path, name };
  }
  const [created] = adapter.changes;
  return created === undefined ? null : { path: created.path, name: "db" };
}

function outputFolder({ files }: ProjectSchema): string | null {
  const [generator] = blocksOf(files, "generator");
  const output = generator?.block.settings.get("output");
  if (generator === undefined || output === undefined) return null;
  return resolve(dirname(generator.file.path), output);
}

/** The option `tableNames` of the router as code, or null when all models have their default names. */
function tableNames(names: SchemaModelNames): string | null {
  const { message } = names;
  const derived = { ...completeNames({ message }) };
  const defaults = { ...derived, message: completeNames({}).message };
  const changed = modelRoles.filter((role) => names[role] !== defaults[role]);
  if (changed.length === 0) return null;
  return `{ ${changed.map((role) => `${role}: "${names[role]}"`).join(", ")} }`;
}
