import type { ArrayExpression, CallExpression, ObjectExpression } from "@babel/types";

import { ModuleEdit, indentAt } from "../code/edit-module.ts";
import type { SetupStep } from "../code/file-change.ts";
import { byHand, changed, done } from "../code/file-change.ts";
import type { NextApp } from "./next-app.ts";
import { isForBrowser } from "./next-app.ts";
import type { SourceModule } from "../code/source-module.ts";
import { nodesIn, placeOf, textOf } from "../code/source-module.ts";
import { calleeName, importsOf, keyOf, propertyOf, valueOf } from "../code/syntax.ts";

const step = "Link";

const subscriptionLinks = ["httpSubscriptionLink", "wsLink"];
const httpLinks = [
  "httpBatchStreamLink",
  "httpBatchLink",
  "httpLink",
  "unstable_httpBatchStreamLink",
];

const example = `splitLink({
  condition: (op) => op.type === "subscription",
  true: httpSubscriptionLink({ url: "/api/trpc" }), // with the transformer of the other link
  false: httpBatchLink({ url: "/api/trpc" }),
})`;

interface LinksPlace {
  readonly module: SourceModule;
  readonly links: ArrayExpression;
}

/** Plans a link for subscriptions in the client of the browser: without one, no answer arrives. */
export function addSubscriptionLink(app: NextApp): SetupStep {
  const places = app.modules.flatMap((module) => findLinks(module));
  const browser = places.filter(({ module }) => isForBrowser(module));
  const candidates = browser.length > 0 ? browser : places;
  const [place] = candidates;
  if (place === undefined) {
    return byHand(
      step,
      `No file has the links of a tRPC client. Give yours a link for subscriptions:\n${example}`,
    );
  }
  if (
    candidates.every(({ links }) => names(links).some((name) => subscriptionLinks.includes(name)))
  )
    return done(step);
  const { module, links } = place;
  const last = links.elements.at(-1);
  const isKnown = last?.type === "CallExpression" && httpLinks.includes(calleeName(last) ?? "");
  const options = isKnown ? last.arguments[0] : undefined;
  if (candidates.length > 1 || !isKnown || options?.type !== "ObjectExpression") {
    const labels = [...new Set(candidates.map((found) => found.module.label))].join(" and ");
    return byHand(
      step,
      `The links in ${labels} have none for subscriptions. Put this in the place of the last one, with your own options:\n${example}`,
    );
  }
  return changed(step, split(module, last, options));
}

function names(links: ArrayExpression): readonly string[] {
  return nodesIn(links).flatMap((node) =>
    node.type === "CallExpression" ? [calleeName(node) ?? ""] : [],
  );
}

function findLinks(module: SourceModule): readonly LinksPlace[] {
  if (!importsOf(module).some(({ from }) => from === "@trpc/client")) return [];
  return nodesIn(module.program).flatMap((node) => {
    if (node.type !== "ObjectProperty" || keyOf(node) !== "links") return [];
    const { value } = node;
    const links = value.type === "Identifier" ? valueOf(module, value.name) : value;
    return links?.type === "ArrayExpression" ? [{ module, links }] : [];
  });
}

/** Wraps the last link, which keeps its lines, one level further in. */
function split(module: SourceModule, link: CallExpression, options: ObjectExpression) {
  const edit = new ModuleEdit(module);
  const { indent, newline } = edit.style;
  const [start, end] = placeOf(link);
  const outer = indentAt(module.text, start);
  const inner = outer + indent;
  // The server has to know the same transformer in every link, and the links have to lead to the same place.
  const shared = ["transformer", "url"].flatMap((name) => {
    const property = propertyOf(options, name);
    return property === null ? [] : [property];
  });
  const lines = shared.map((property) => `${inner}${indent}${textOf(module, property)},`);
  const quote = edit.style.quote;
  const condition = `condition: (op) => op.type === ${quote}subscription${quote}`;
  edit.insert(
    start,
    [
      "splitLink({",
      `${inner}${condition},`,
      ...(lines.length === 0
        ? [`${inner}true: httpSubscriptionLink(),`]
        : [`${inner}true: httpSubscriptionLink({`, ...lines, `${inner}}),`]),
      `${inner}false: `,
    ].join(newline),
  );
  const literals = nodesIn(link)
    .filter(({ type }) => type === "TemplateLiteral")
    .map(placeOf);
  for (
    let at = module.text.indexOf("\n", start);
    at !== -1 && at < end;
    at = module.text.indexOf("\n", at + 1)
  ) {
    const isInLiteral = literals.some(([from, to]) => from < at && at < to);
    if (!isInLiteral && !/^\r?\n/.test(module.text.slice(at + 1))) edit.insert(at + 1, indent);
  }
  edit.insert(end, `,${newline}${outer}})`);
  edit.addImport("@trpc/client", ["httpSubscriptionLink", "splitLink"]);
  return edit.toChange();
}
