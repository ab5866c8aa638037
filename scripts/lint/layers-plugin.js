// @ts-check
import { posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

import { layers } from "./layers.js";

const projectRoot = fileURLToPath(new URL("../..", import.meta.url));

/** @typedef {{ layer: string, part: string }} Place `part` is empty for a file that is in no part */
/** @typedef {{ type: string, start: number, end: number, range: [number, number], value?: unknown }} Source */
/** @typedef {Parameters<import("oxlint/plugins-dev").RuleTester["run"]>[1]} Rule */

/** @type {Rule} */
const imports = {
  create(context) {
    const file = relative(projectRoot, context.filename).replaceAll(sep, "/");
    const from = placeOf(file);

    /**
     * @param {Source | null} source
     * @param {string} [kind] "type" when only types are imported
     */
    const check = (source, kind) => {
      if (from === undefined || typeof source?.value !== "string") return;
      if (mayImport(file, from, source.value, kind === "type")) return;
      const name = posix.join("src", from.layer, from.part);
      context.report({
        node: source,
        message: `${name} may not import this: see scripts/lint/layers.js.`,
      });
    };

    return {
      Program(node) {
        if (from !== undefined) return;
        const folder = posix.dirname(file);
        context.report({ node, message: `scripts/lint/layers.js does not name ${folder}.` });
      },
      ImportDeclaration: ({ source, importKind }) => check(source, importKind),
      ExportNamedDeclaration: ({ source, exportKind }) => check(source, exportKind),
      ExportAllDeclaration: ({ source, exportKind }) => check(source, exportKind),
      ImportExpression: ({ source }) => check(source),
    };
  },
};

/**
 * @param {string} file A path from the root of the project, such as "src/orm/turn/turn.ts"
 * @returns {Place | undefined} `undefined` for a folder that the table does not name
 */
function placeOf(file) {
  const [src, layer = "", ...path] = file.split("/");
  const parts = layers[layer]?.parts;
  if (src !== "src" || parts === undefined) return undefined;
  if (path.join("/") in parts) return { layer, part: path.join("/") };
  const folder = path.slice(0, -1).join("/");
  return folder === "" || folder in parts ? { layer, part: folder } : undefined;
}

/**
 * @param {string} file
 * @param {Place} from The place of `file`
 * @param {string} source The imported package or relative path
 * @param {boolean} onlyTypes
 */
function mayImport(file, from, source, onlyTypes) {
  const layer = layers[from.layer];
  if (layer === undefined) return false;
  if (!source.startsWith(".")) return layer.packages.some((name) => covers(name, source));

  const target = posix.join(posix.dirname(file), source);
  const [folder = ""] = target.split("/");
  if (folder !== "src") return layer.folders?.includes(folder) === true;

  const to = placeOf(target);
  if (to === undefined) return false;
  /** @param {string} name @param {readonly string[]} [names] */
  const allows = (name, names = []) =>
    names.includes(name) || (onlyTypes && names.includes(`type ${name}`));
  if (to.layer !== from.layer) return allows(to.layer, layer.layers);
  return from.part === "" || from.part === to.part || allows(to.part, layer.parts[from.part]);
}

/**
 * @param {string} name An entry of a layer's `packages`
 * @param {string} source
 */
function covers(name, source) {
  if (name === "*" || name === source) return true;
  return source.startsWith(name.endsWith(":") ? name : `${name}/`);
}

export default { meta: { name: "layers" }, rules: { imports } };
