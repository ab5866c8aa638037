import type { MarkedToken, Token, Tokens } from "marked";
import { lexer } from "marked";
import type { ReactNode } from "react";
import { Fragment, memo } from "react";
import { CodeBlock } from "./code-block.tsx";
import { decodeEntities } from "./decode-entities.ts";
import { safeUrl } from "./safe-url.ts";

interface MarkdownBlockProps {
  readonly source: string;
  readonly isStreaming: boolean;
}

/** One top-level block. Re-renders only when its own text changes. */
export const MarkdownBlock = memo(function MarkdownBlock({
  source,
  isStreaming,
}: MarkdownBlockProps) {
  return renderAll(lexer(source, { gfm: true }), isStreaming);
});

function renderAll(tokens: readonly Token[], isStreaming = false): ReactNode {
  // `Token` also covers tokens of extensions, which hides the fields of the known ones. None is installed.
  return (tokens as readonly MarkedToken[]).map((token, index) => (
    <Fragment key={index}>{render(token, isStreaming)}</Fragment>
  ));
}

function render(token: MarkedToken, isStreaming: boolean): ReactNode {
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading":
      return renderHeading(token);
    case "paragraph":
      return <p>{renderAll(token.tokens)}</p>;
    case "blockquote":
      return <blockquote>{renderAll(token.tokens)}</blockquote>;
    case "list":
      return renderList(token);
    case "list_item":
      return renderItem(token);
    case "checkbox":
      return (
        <input
          type="checkbox"
          checked={token.checked}
          disabled
          readOnly
          aria-label={token.checked ? "Done" : "To do"}
        />
      );
    case "code":
      return <CodeBlock code={token.text} language={token.lang ?? ""} isStreaming={isStreaming} />;
    case "table":
      return renderTable(token);
    case "hr":
      return <hr />;
    case "html":
      return /^<br\s*\/?>\s*$/i.test(token.raw) ? <br /> : renderRaw(token);
    case "text":
      return token.tokens === undefined ? decodeEntities(token.text) : renderAll(token.tokens);
    case "escape":
      return token.text;
    case "strong":
      return <strong>{renderAll(token.tokens)}</strong>;
    case "em":
      return <em>{renderAll(token.tokens)}</em>;
    case "del":
      return <del>{renderAll(token.tokens)}</del>;
    case "codespan":
      return <code>{token.text}</code>;
    case "br":
      return <br />;
    case "link":
      return <SafeLink address={token.href}>{renderAll(token.tokens)}</SafeLink>;
    case "image":
      return <SafeLink address={token.href}>{decodeEntities(token.text) || "Image"}</SafeLink>;
  }
}

/** Shows HTML as plain text. */
function renderRaw(token: Tokens.HTML | Tokens.Tag): ReactNode {
  return token.block ? <p className="whitespace-pre-wrap">{token.raw.trimEnd()}</p> : token.raw;
}

/** Shifts headings down one level, because the page has its own h1. */
function renderHeading(token: Tokens.Heading): ReactNode {
  const content = renderAll(token.tokens);
  if (token.depth <= 1) return <h2 data-level="1">{content}</h2>;
  if (token.depth === 2) return <h3 data-level="2">{content}</h3>;
  if (token.depth === 3) return <h4 data-level="3">{content}</h4>;
  return <h5 data-level="4">{content}</h5>;
}

function renderList(token: Tokens.List): ReactNode {
  const items = token.items.map((item, index) => (
    <Fragment key={index}>{renderItem(item)}</Fragment>
  ));
  if (!token.ordered) return <ul>{items}</ul>;
  return <ol start={token.start === "" ? 1 : token.start}>{items}</ol>;
}

function renderItem(item: Tokens.ListItem): ReactNode {
  return <li data-task={item.task || undefined}>{renderAll(item.tokens)}</li>;
}

function renderTable(token: Tokens.Table): ReactNode {
  const renderCell = (cell: Tokens.TableCell, Tag: "th" | "td", index: number): ReactNode => (
    <Tag key={index} style={cell.align === null ? undefined : { textAlign: cell.align }}>
      {renderAll(cell.tokens)}
    </Tag>
  );
  return (
    <div className="table-scroll" role="region" aria-label="Table" tabIndex={0}>
      <table>
        {token.header.some((cell) => cell.text.trim() !== "") && (
          <thead>
            <tr>{token.header.map((cell, index) => renderCell(cell, "th", index))}</tr>
          </thead>
        )}
        <tbody>
          {token.rows.map((row, line) => (
            <tr key={line}>{row.map((cell, index) => renderCell(cell, "td", index))}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function SafeLink({
  address,
  children,
}: {
  readonly address: string;
  readonly children: ReactNode;
}) {
  const href = safeUrl(decodeEntities(address));
  if (href === null) return children;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}
