import type { Environment } from "../project/cli-io.ts";
import { readVariable } from "../project/read-environment.ts";
import { databaseVariable } from "../schema/database-variable.ts";
import { databaseFacts } from "../schema/datasource-provider.ts";
import type { ProjectSchema } from "../schema/open-schema.ts";
import type { PrismaConfig } from "../schema/read-prisma-config.ts";
import type { Finding } from "./finding.ts";

/** Checks that the variable of the database's URL is set and fits the schema's database. Findings show only the URL's scheme. */
export function checkDatabaseUrl(
  project: ProjectSchema,
  config: PrismaConfig | null,
  env: Environment,
): Finding {
  const { provider } = project.datasource;
  const { exampleUrl, schemes } = databaseFacts[provider];
  const variable = databaseVariable(project.files, config);
  const url = readVariable(env, variable);
  const value = url ?? config?.fallbackUrl ?? null;
  if (value === null) {
    return {
      status: "problem",
      text: `${variable}: not set`,
      todo: `Set ${variable} in .env, for example: ${variable}="${exampleUrl}"`,
    };
  }
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(value)?.[0].toLowerCase();
  if (scheme === undefined || !schemes.includes(scheme)) {
    return {
      status: "problem",
      text: `${variable}: ${scheme === undefined ? "has no scheme" : `starts with ${scheme}`}, but the schema uses ${provider}`,
      todo: `Set ${variable} to a ${provider} URL, for example: ${exampleUrl}`,
    };
  }
  if (url !== null) return { status: "ok", text: `${variable}: set (${scheme})` };
  return {
    status: "note",
    text: `${variable}: not set, so ${config?.label ?? ""} uses its own default (${scheme})`,
  };
}
