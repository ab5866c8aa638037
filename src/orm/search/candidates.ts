/** The ids of the messages that may have a text, by chat. A chat whose title may have it is there, too. */
export type Candidates = ReadonlyMap<string, readonly string[]>;

/** So many candidates are checked one by one. With more, reading the newest chats is faster. */
export const maxCandidates = 500;

/** A row of an index: a message, or a title when `message` is null. */
export interface Candidate {
  readonly chat: string;
  readonly message: string | null;
}

export function toCandidates(rows: readonly Candidate[]): Candidates {
  const candidates = new Map<string, string[]>();
  for (const { chat, message } of rows) {
    const ids = candidates.get(chat) ?? [];
    candidates.set(chat, ids);
    if (message !== null) ids.push(message);
  }
  return candidates;
}
