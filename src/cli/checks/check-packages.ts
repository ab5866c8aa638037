import { readDependencies } from "../project/read-package-json.ts";
import type { DatasourceProvider } from "../schema/datasource-provider.ts";
import { databaseFacts } from "../schema/datasource-provider.ts";
import { satisfies, versionOf } from "./check-peers.ts";
import type { Finding } from "./finding.ts";

const prismaRange = "^6.16.0 || ^7.0.0";

/** Checks that Prisma's packages are installed, in versions that work with each other and this package. */
export function checkPackages(cwd: string, provider: DatasourceProvider): readonly Finding[] {
  const client = versionOf(cwd, "@prisma/client");
  const cli = versionOf(cwd, "prisma");
  const findings: Finding[] = [
    ...(client === null ? [missing("@prisma/client", "npm install @prisma/client@7")] : []),
    ...(cli === null ? [missing("prisma", "npm install --save-dev prisma@7")] : []),
  ];
  if (client !== null && cli !== null) {
    const isKnown = [client, cli].every((version) => satisfies(version, prismaRange));
    if (!isKnown || major(client) !== major(cli)) {
      findings.push({
        status: "problem",
        text: `Packages: prisma is ${cli} and @prisma/client is ${client}, but both have to be of Prisma 7, or of Prisma 6 from 6.16: docs/guides/prisma-7.md`,
        todo: "npm install @prisma/client@7 && npm install --save-dev prisma@7",
      });
    }
  }
  const { adapters } = databaseFacts[provider];
  const declared = readDependencies(cwd);
  const adapter = adapters.find((name) => declared.has(name) || versionOf(cwd, name) !== null);
  if (adapter === undefined) {
    findings.push({
      status: "problem",
      text: `Packages: no driver adapter for ${provider} is installed (${adapters.join(", ")})`,
      todo: `npm install ${adapters[0] ?? ""}@${client !== null && satisfies(client, prismaRange) ? major(client) : "7"}`,
    });
  }
  if (findings.length > 0) return findings;
  return [
    { status: "ok", text: `Packages: prisma ${cli}, @prisma/client ${client}, ${adapter ?? ""}` },
  ];
}

function major(version: string): string {
  return version.split(".")[0] ?? "";
}

function missing(name: string, todo: string): Finding {
  return { status: "problem", text: `Packages: ${name} is not installed`, todo };
}
