"use client";

import type { ReactNode } from "react";
import { useEffect, useState } from "react";
import { CopyButton } from "../controls/copy-button.tsx";

interface CodeBlockProps {
  readonly code: string;
  readonly language: string;
  readonly growing: boolean;
}

/** Code with a copy button. It gets its colours when it is complete, by a part that is loaded then. */
export function CodeBlock({ code, language, growing }: CodeBlockProps) {
  const name = /^[\w+#.-]+/.exec(language)?.[0].toLowerCase() ?? "";
  const coloured = useHighlighted(code, growing ? "" : name);
  return (
    <figure className="code-block">
      <figcaption data-language={name || "text"}>
        <CopyButton text={code} label="Copy code" />
      </figcaption>
      <pre tabIndex={0}>
        <code>{coloured ?? code}</code>
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
    // Without colours the code is still readable: a part that could not be loaded is no error.
    load().catch(() => undefined);
    return () => {
      current = false;
    };
  }, [code, language]);
  return result?.code === code ? result.nodes : null;
}
