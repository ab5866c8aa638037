import type { ModelNames, ModelRole } from "./model-names.ts";
import { nameOptions, roleOf } from "./model-names.ts";
import { findModels } from "./plan-changes.ts";
import type { Datasource, SchemaFile } from "./read-schema-files.ts";
import { blocksOf } from "./read-schema-files.ts";
import { fieldsOf, templateModels } from "./template-models.ts";

/** A model that has most of the columns of one that the schema lacks. */
export interface Lookalike {
  readonly role: ModelRole;
  readonly model: string;
  /** How to name it to the command. */
  readonly option: string;
}

/** Finds models that were probably renamed, so that no second set of models is added beside them. */
export function findLookalikes(
  files: readonly SchemaFile[],
  names: ModelNames,
  named: ReadonlySet<ModelRole>,
  datasource: Datasource,
): readonly Lookalike[] {
  const existing = findModels(files, names);
  const others = blocksOf(files, "model").filter(({ block }) => roleOf(names, block.name) === null);
  return templateModels(names, datasource).flatMap((template) => {
    const { role } = template;
    if (existing.has(role) || named.has(role)) return [];
    const columns = fieldsOf(template).filter(({ target }) => target === null);
    const shareOf = (fields: readonly { readonly name: string }[]): number => {
      const found = new Set(fields.map(({ name }) => name));
      return columns.filter(({ name }) => found.has(name)).length / columns.length;
    };
    const [best] = others
      .map(({ block }) => ({ model: block.name, share: shareOf(block.fields) }))
      .toSorted((a, b) => b.share - a.share);
    if (best === undefined || best.share < 0.5) return [];
    return [{ role, model: best.model, option: `--${nameOptions[role]} ${best.model}` }];
  });
}
