import { realpathSync } from "node:fs";

import { findPackage } from "../project/find-package.ts";
import { versionOf } from "./check-peers.ts";
import type { Finding } from "./finding.ts";

/** What breaks when the app and a package that uses the same one do not have the same copy. */
const effects: Readonly<Record<string, string>> = {
  "@node-llm/core": "tools and errors of one are unknown to the other",
  "@tanstack/react-query": "hooks find no QueryClient",
  "@trpc/client": "errors of one are unknown to the other",
  "@trpc/server": "the events of answers arrive without their ids",
  react: "hooks cannot be called",
};

const users = [
  "node-llm-trpc",
  "@tanstack/react-query",
  "@trpc/react-query",
  "@trpc/tanstack-react-query",
];

/** Finds packages that are installed twice, although all who use them need the same copy. */
export function checkCopies(cwd: string): readonly Finding[] {
  const folders = users
    .flatMap((user) => findPackage(cwd, user) ?? [])
    .map((path) => realpathSync(path));
  return Object.entries(effects).flatMap(([name, effect]): Finding[] => {
    const own = findPackage(cwd, name);
    if (own === null) return [];
    for (const user of folders) {
      const other = findPackage(user, name);
      if (other === null || realpathSync(other) === realpathSync(own)) continue;
      return [
        {
          status: "problem",
          text: `Copies: ${name} is installed twice, in versions ${versionOf(cwd, name) ?? ""} and ${versionOf(user, name) ?? ""} (${other}): ${effect}`,
          todo: `npm install ${name}@${versionOf(cwd, name) ?? ""} && npm dedupe`,
        },
      ];
    }
    return [];
  });
}
