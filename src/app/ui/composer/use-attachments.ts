import type { DraftAttachment } from "node-llm-trpc/react";
import { useCallback, useMemo, useState } from "react";
import { checkFile, maxFiles } from "./attachment-rules.ts";

export interface AttachmentDraft {
  readonly files: readonly DraftAttachment[];
  /** Why some of the last files were rejected; null if none was. */
  readonly problem: string | null;
  readonly add: (files: readonly File[]) => Promise<void>;
  readonly remove: (index: number) => void;
  readonly replace: (files: readonly DraftAttachment[]) => void;
  readonly clearProblem: () => void;
}

/** Keeps the files of an unsent message as `data:` URLs. The result stays the same object until something in it changes. */
export function useAttachments(): AttachmentDraft {
  const [files, setFiles] = useState<readonly DraftAttachment[]>([]);
  const [problem, setProblem] = useState<string | null>(null);

  const add = useCallback(
    async (added: readonly File[]): Promise<void> => {
      const free = maxFiles - files.length;
      const read = await Promise.all(added.slice(0, free).map(readFile));
      const taken = read.filter((one) => typeof one !== "string");
      const problems = read.filter((one) => typeof one === "string");
      if (added.length > free) {
        problems.push(`You can attach up to ${maxFiles} files. The rest were left out.`);
      }
      setFiles((before) => [...before, ...taken]);
      setProblem(problems.length === 0 ? null : problems.join(" "));
    },
    [files.length],
  );

  const remove = useCallback((index: number) => {
    setProblem(null);
    setFiles((before) => before.filter((_, place) => place !== index));
  }, []);
  const clearProblem = useCallback(() => setProblem(null), []);
  return useMemo(
    () => ({ files, problem, add, remove, replace: setFiles, clearProblem }),
    [files, problem, add, remove, clearProblem],
  );
}

/** Returns the attachment, or the reason why the file cannot be attached. */
async function readFile(file: File): Promise<DraftAttachment | string> {
  const check = checkFile(file);
  if (!check.ok) return check.problem;
  const url = await readDataUrl(new Blob([file], { type: check.mediaType }));
  if (url === null) return `“${file.name}” couldn’t be read. Try attaching it again.`;
  return { name: file.name, mediaType: check.mediaType, url };
}

async function readDataUrl(blob: Blob): Promise<string | null> {
  return await new Promise((resolve) => {
    const reader = new FileReader();
    reader.addEventListener("load", () =>
      resolve(typeof reader.result === "string" ? reader.result : null),
    );
    reader.addEventListener("error", () => resolve(null));
    reader.readAsDataURL(blob);
  });
}
