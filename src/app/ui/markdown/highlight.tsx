import { common, createLowlight } from "lowlight";
import type { ReactNode } from "react";
import { Fragment } from "react";

const lowlight = createLowlight(common);
lowlight.registerAlias({
  typescript: ["tsx", "mts", "cts"],
  bash: ["console", "shell-session"],
  javascript: ["mjs"],
});

/** In characters. Highlighting longer code would block the page. */
const maxLength = 50_000;

type Node = ReturnType<typeof lowlight.highlight>["children"][number];

/** Highlights code. Returns null if it is too long or the language is unknown. */
export function highlight(code: string, language: string): ReactNode {
  if (code.length > maxLength || !lowlight.registered(language)) return null;
  return renderNodes(lowlight.highlight(language, code).children);
}

function renderNodes(nodes: readonly Node[]): ReactNode {
  return nodes.map((node, index) => {
    if (node.type === "text") return <Fragment key={index}>{node.value}</Fragment>;
    if (node.type !== "element") return null;
    const names = node.properties["className"];
    return (
      <span key={index} className={Array.isArray(names) ? names.join(" ") : undefined}>
        {renderNodes(node.children)}
      </span>
    );
  });
}
