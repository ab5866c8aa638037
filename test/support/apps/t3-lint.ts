import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { NextProject } from "./next-project.ts";

/** typescript-eslint's `recommended`, `recommendedTypeChecked` and `stylisticTypeChecked`, which create-t3-app extends. */
const rules = [
  "adjacent-overload-signatures",
  "await-thenable",
  "ban-ts-comment",
  "ban-tslint-comment",
  "class-literal-property-style",
  "consistent-generic-constructors",
  "consistent-indexed-object-style",
  "consistent-type-assertions",
  "dot-notation",
  "no-array-delete",
  "no-base-to-string",
  "no-confusing-non-null-assertion",
  "no-duplicate-enum-values",
  "no-duplicate-type-constituents",
  "no-empty-object-type",
  "no-explicit-any",
  "no-extra-non-null-assertion",
  "no-floating-promises",
  "no-for-in-array",
  "no-implied-eval",
  "no-inferrable-types",
  "no-misused-new",
  "no-namespace",
  "no-non-null-asserted-optional-chain",
  "no-redundant-type-constituents",
  "no-require-imports",
  "no-this-alias",
  "no-unnecessary-type-assertion",
  "no-unnecessary-type-constraint",
  "no-unsafe-argument",
  "no-unsafe-assignment",
  "no-unsafe-call",
  "no-unsafe-declaration-merging",
  "no-unsafe-enum-comparison",
  "no-unsafe-function-type",
  "no-unsafe-member-access",
  "no-unsafe-return",
  "no-unsafe-unary-minus",
  "no-wrapper-object-types",
  "non-nullable-type-assertion-style",
  "only-throw-error",
  "prefer-as-const",
  "prefer-find",
  "prefer-for-of",
  "prefer-function-type",
  "prefer-includes",
  "prefer-namespace-keyword",
  "prefer-nullish-coalescing",
  "prefer-optional-chain",
  "prefer-promise-reject-errors",
  "prefer-regexp-exec",
  "prefer-string-starts-ends-with",
  "restrict-plus-operands",
  "restrict-template-expressions",
  "triple-slash-reference",
  "unbound-method",
];

/**
 * The rules of create-t3-app's `eslint.config.js` for Oxlint: typescript-eslint does not work with TypeScript 7. `npm run
 * compat` runs ESLint itself.
 */
const config = {
  plugins: ["typescript", "nextjs", "react"],
  categories: { correctness: "error" },
  rules: {
    ...Object.fromEntries(rules.map((name) => [`typescript/${name}`, "error"])),
    "typescript/consistent-type-imports": [
      "error",
      { prefer: "type-imports", fixStyle: "inline-type-imports" },
    ],
    "typescript/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
    "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    "no-unused-expressions": "error",
    "no-empty-function": "error",
    "react/rules-of-hooks": "error",
    "react/exhaustive-deps": "error",
  },
};

/** Checks an app of create-t3-app by the rules that it comes with. Throws with what breaks them. */
export async function lintAsT3(project: NextProject): Promise<void> {
  const path = join(project.folder, "../oxlint.json");
  await writeFile(path, JSON.stringify(config));
  const names = await readdir(join(project.folder, "src"), { recursive: true });
  // Named one by one: Git ignores the folder, and so Oxlint finds nothing in it.
  const files = names.filter((name) => /\.tsx?$/.test(name)).map((name) => join("src", name));
  const options = ["--type-aware", "--deny-warnings", "-c", path];
  await project.runBin("oxlint/bin/oxlint", ...options, ...files);
}
