import type { TemplateField, TemplateModel } from "./template-models.ts";

/** Renders a model's lines, formatted like `prisma format` does. */
export function renderModel(
  model: TemplateModel,
  extraAttributes: readonly string[] = [],
): readonly string[] {
  const attributes = [...model.attributes, ...extraAttributes].map((line) => `  ${line}`);
  const parts = [...model.groups.map((group) => renderFields(group)), attributes];
  const body = parts.filter((lines) => lines.length > 0);
  return [
    ...model.comments,
    `model ${model.name} {`,
    ...body.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines])),
    "}",
  ];
}

/** Renders fields with their types and attributes aligned in columns. */
export function renderFields(
  fields: readonly TemplateField[],
  indent: string = "  ",
): readonly string[] {
  const nameWidth = Math.max(...fields.map(({ name }) => name.length));
  const typeWidth = Math.max(...fields.map((field) => typeOf(field).length));
  return fields.map((field) => {
    const { name, attributes, comment } = field;
    const type = attributes === "" ? typeOf(field) : typeOf(field).padEnd(typeWidth);
    const code = [name.padEnd(nameWidth), type, attributes].join(" ").trimEnd();
    return indent + [code, comment].join(" ").trimEnd();
  });
}

function typeOf({ type, isList, isOptional }: TemplateField): string {
  return type + (isList ? "[]" : "") + (isOptional ? "?" : "");
}
