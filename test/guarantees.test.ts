import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it } from "vitest";

import { projectRoot } from "../scripts/lib/project-root.ts";

const read = (path: string): Promise<string> => readFile(join(projectRoot, path), "utf8");

it("docs/guarantees.md names existing tests for each guarantee", async () => {
  const text = await read("docs/guarantees.md");
  const guarantees = text.split(/^## /m).filter((section) => /^\d+\. /.test(section));
  const numbers = guarantees.map((section) => Number.parseInt(section, 10));
  expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  for (const section of guarantees) {
    const named = [...section.matchAll(/^- `(.+?)`: "(.+)"$/gm)];
    expect(named.length, section).toBeGreaterThan(0);
    for (const [, file = "", title = ""] of named) {
      const source = await read(file);
      expect(source.includes(`"${title}"`), `${file} has no test "${title}".`).toBe(true);
    }
  }
});
