import type { Environment } from "../project/cli-io.ts";
import { readVariable } from "../project/read-environment.ts";
import { databaseFacts } from "../schema/datasource-provider.ts";
import type { ProjectSchema } from "../schema/open-schema.ts";
import type { PrismaConfig } from "../schema/read-prisma-config.ts";
import type { Finding } from "./finding.ts";

/** Checks that DATABASE_URL is set and fits the schema's database. Findings show only the URL's scheme. */
export function checkDatabaseUrl(
  project: ProjectSchema,
  config: PrismaConfig | null,
  env: Environment,
): Finding {
  const { provider } = project.datasource;
  const { exampleUrl, schemes } = databaseFacts[provider];
  const url = readVariable(env, "DATABASE_URL");
  const value = url ?? config?.fallbackUrl ?? null;
  if (value === null) {
    return {
      status: "problem",
      text: "DATABASE_URL: not set",
      todo: `Set DATABASE_URL in .env, for example: DATABASE_URL="${exampleUrl}"`,
    };
  }
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(value)?.[0].toLowerCase();
  if (scheme === undefined || !schemes.includes(scheme)) {
    return {
      status: "problem",
      text: `DATABASE_URL: ${scheme === undefined ? "has no scheme" : `starts with ${scheme}`}, but the schema uses ${provider}`,
      todo: `Set DATABASE_URL to a ${provider} URL, for example: ${exampleUrl}`,
    };
  }
  if (url !== null) return { status: "ok", text: `DATABASE_URL: set (${scheme})` };
  return {
    status: "note",
    text: `DATABASE_URL: not set, so ${config?.label ?? ""} uses its own default (${scheme})`,
  };
}
