import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { config, createLLM } from "@node-llm/core";
import { afterEach, expect, it, vi } from "vitest";

import { projectRoot } from "../scripts/lib/project-root.ts";

/** The rows of the table in docs/providers.md that lists keys and base URLs. */
async function documentedSettings() {
  const page = await readFile(join(projectRoot, "docs/providers.md"), "utf8");
  const section = page.split(/^## /m).find((text) => text.startsWith("Keys and base URLs")) ?? "";
  return section
    .split("\n")
    .filter((line) => /^\|[^|]*\| `/.test(line))
    .map((line) => {
      const [, , option = "", variable = "", standard = ""] = line
        .split("|")
        .map((cell) => cell.trim());
      const [name = ""] = /(?<=`)\w+(?=`)/.exec(variable) ?? [];
      return { option: option.replaceAll("`", ""), variable: name, standard };
    });
}

const settings = await documentedSettings();
const environment = (): void => {
  for (const { variable } of settings) vi.stubEnv(variable, undefined);
};
afterEach(() => vi.unstubAllEnvs());

it("docs/providers.md lists every setting that core reads from the environment", () => {
  const prototype: object = Object.getPrototypeOf(config);
  const getters = Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([, property]) => "get" in property)
    .map(([name]) => name);
  expect(settings.map(({ option }) => option).toSorted()).toEqual(getters.toSorted());
});

it.each(settings)("core reads $option from $variable", ({ option, variable, standard }) => {
  environment();
  const read = (): unknown => Reflect.get(createLLM().config, option);
  const isLiteral = standard.startsWith("`");
  const unset = read();
  if (isLiteral) expect(unset).toBe(standard.replaceAll("`", ""));
  else expect(unset || undefined).toBeUndefined();
  const value = option === "debug" ? "true" : "something";
  vi.stubEnv(variable, value);
  expect(String(read())).toBe(value);
});
