import type { NextApp } from "../app/next-app.ts";
import { planAppSetup } from "../app/plan-app-setup.ts";
import { showDiff } from "../code/file-change.ts";
import type { Environment } from "../project/cli-io.ts";
import type { ProjectSchema } from "../schema/open-schema.ts";
import type { SchemaLocation } from "../schema/suggested-commands.ts";
import { cliCommand } from "../schema/suggested-commands.ts";
import type { Finding } from "./finding.ts";

/** What a chat that lacks the part does. */
const consequences: Readonly<Record<string, string>> = {
  Adapter: "the Prisma client has no driver adapter",
  Router: "no chat router is mounted",
  "Router type": "the browser's code imports the server, not only its type",
  Link: "the client has no link for subscriptions, so no answer would arrive",
  "Ignored files":
    "the files beside SQLite's database are not in .gitignore, so each write refreshes the page in development",
  Page: "nothing uses node-llm-trpc/react",
  Schema: "the settings do not fit the installed Prisma",
  Config: "prisma.config.ts is missing",
};

/** What a part of the set-up is called before and after the generated client and the database are checked. */
export type AppPart = "schema" | "code";

/** Checks a Next.js app's set-up, with the changes that `init --write` would make. */
export function checkApp(
  app: NextApp,
  project: ProjectSchema,
  location: SchemaLocation,
  env: Environment,
  part: AppPart,
): readonly Finding[] {
  const isOfSchema = (name: string): boolean => name === "Schema" || name === "Config";
  return planAppSetup(app, project, env)
    .filter(({ name }) => isOfSchema(name) === (part === "schema"))
    .flatMap(({ name, changes, manual }): Finding[] => {
      if (manual !== null) {
        return [{ status: "problem", text: `${name}: ${consequences[name] ?? ""}`, todo: manual }];
      }
      if (changes.length === 0) {
        return isOfSchema(name) ? [] : [{ status: "ok", text: `${name}: set up` }];
      }
      // A new file needs no diff; a page may be long.
      const diffs = changes.filter(({ before }) => before !== null).map(showDiff);
      return [
        {
          status: "problem",
          text: [`${name}: ${consequences[name] ?? ""}`, ...diffs].join("\n"),
          todo: cliCommand("init --write", location),
        },
      ];
    });
}
