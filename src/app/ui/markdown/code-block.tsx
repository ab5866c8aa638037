"use client";

import type { ReactNode } from "react";
import { useEffect, useState } from "react";
import { CopyButton } from "../controls/copy-button.tsx";

interface CodeBlockProps {
  readonly code: string;
  readonly language: string;
  readonly isStreaming: boolean;
}

/** Code with a copy button. It is highlighted once complete, by a module that is loaded on demand. */
export function CodeBlock({ code, language, isStreaming }: CodeBlockProps) {
  const name = /^[\w+#.-]+/.exec(language)?.[0].toLowerCase() ?? "";
  const highlighted = useHighlighted(code, isStreaming ? "" : name);
  return (
    <figure className="code-block">
      <figcaption data-language={name || "text"}>
        <CopyButton text={code} label="Copy code" />
      </figcaption>
      <pre tabIndex={0}>
        <code>{highlighted ?? code}</code>
      </pre>
    </figure>
  );
}

function useHighlighted(code: string, language: string): ReactNode {
  const [result, setResult] = useState<{ readonly code: string; readonly nodes: ReactNode } | null>(
    null,
  );
  useEffect(() => {
    if (language === "") return undefined;
    let current = true;
    const load = async (): Promise<void> => {
      const { highlight } = await import("./highlight.tsx");
      if (current) setResult({ code, nodes: highlight(code, language) });
    };
    // If the module fails to load, the code stays readable without highlighting.
    load().catch(() => undefined);
    return () => {
      current = false;
    };
  }, [code, language]);
  return result?.code === code ? result.nodes : null;
}
